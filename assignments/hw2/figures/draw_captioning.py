"""Draw the figures of the captioning notebook: `python draw_captioning.py [folder]`, beside this file unless named.

Every position is written here by hand, so that drawing again changes nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

from canvas import Canvas, Node

CELLS = (248, 386, 524, 662)
FED = ("<START>", "a", "red", "car")
WANTED = ("a", "red", "car", "<END>")
PAIR = 6  # half the distance between an arrow and the gradient that comes back beside it


def captioning_training() -> Canvas:
    """Training: the true words go in, the next true words are to come out; the gradient goes back through all of it."""
    c = Canvas(
        "captioning-training",
        740,
        430,
        "Training a captioning network on one picture and its caption",
        "From left to right: the features of a picture go through a fully connected layer with W_proj and b_proj, "
        "which gives the first hidden state h_0. Then come four steps of an RNN or LSTM. From below, each step gets "
        "the vector of one word of the true caption, looked up in W_embed: the words START, a, red, car. Above each "
        "step, the hidden state goes through a fully connected layer with W_vocab and b_vocab and gives the scores of "
        "all words. Their loss compares them with the next word of the true caption: a, red, car, END. Dashed arrows "
        "show the gradient going back from each loss into the scores, into the hidden state, from step to step to the "
        "left, down into the word vectors, and from h_0 into the projection of the picture.",
    )
    y = 224
    picture = c.box(58, 346, r"\text{picture}", w=84, h=44, size=18)
    projection = c.box(58, y, r"W_{proj},b_{proj}", "parameter", w=96, h=40, size=17)
    _both(c, picture, projection, back=False)
    start = c.box(160, y, "h_0", w=46, h=38)
    _sideways(c, projection, start)
    before = start
    for number, (x, fed, wanted) in enumerate(zip(CELLS, FED, WANTED, strict=True), start=1):
        word = c.box(x, 394, "", w=98, h=34)
        c.words(x, 400, fed, fill="#1b1f24")
        vector = c.box(x, 318, r"W_{embed}", "parameter", w=84, h=36, size=17)
        c.arrow(word.top(), vector.bottom())
        cell = c.box(x, y, rf"\text{{step {number}}}", "gate", w=88, h=50, size=19)
        _both(c, vector, cell)
        _sideways(c, before, cell)
        scores = c.box(x, 138, r"W_{vocab},b_{vocab}", "parameter", w=108, h=36, size=16)
        _both(c, cell, scores)
        loss = c.box(x, 62, "", "loss", w=98, h=38)
        c.words(x, 68, wanted, fill="#1b1f24")
        _both(c, scores, loss)
        before = cell
    c.words(CELLS[0] - 62, 64, "to be said", anchor="end", size=16)
    c.words(CELLS[0] - 62, 84, "(the loss)", anchor="end", size=16)
    c.words(CELLS[0] - 62, 142, "scores of all words", anchor="end", size=16)
    c.words(CELLS[0] - 62, 400, "fed", anchor="end", size=16)
    c.arrow((30, 26), (64, 26))
    c.words(72, 31, "forward", anchor="start", size=16)
    c.arrow((190, 26), (156, 26), kind="backward")
    c.words(198, 31, "the gradient, back", anchor="start", size=16)
    return c


def captioning_sampling() -> Canvas:
    """Sampling: the word with the highest score at one step is fed to the next."""
    c = Canvas(
        "captioning-sampling",
        740,
        330,
        "Sampling a caption: each word that is chosen is fed to the next step",
        "From left to right: the features of a picture go through the projection and give h_0. Step 1 gets the vector "
        "of the word START from below. Above each step are the scores of all words; the word with the highest score is "
        "chosen: a, then red, then car, then END. A thick arrow leads from each chosen word down to the input of the "
        "next step. After END nothing counts any more. An LSTM hands on its cell state from step to step as well, "
        "which begins at zero.",
    )
    y = 206
    picture = c.box(58, 290, r"\text{picture}", w=84, h=40, size=18)
    projection = c.box(58, y, r"W_{proj},b_{proj}", "parameter", w=96, h=40, size=17)
    c.arrow(picture.top(), projection.bottom())
    start = c.box(160, y, "h_0", w=46, h=38)
    c.arrow(projection.right(), start.left())
    before = start
    chosen: Node | None = None
    for number, (x, fed, said) in enumerate(zip(CELLS, FED, WANTED, strict=True), start=1):
        word = c.box(x, 290, "", w=92, h=34)
        c.words(x, 296, fed, fill="#1b1f24")
        if chosen is not None:
            middle = x - 69
            c.arrow(chosen.right(), (middle, chosen.y), (middle, 290), word.left(), kind="highway")
        cell = c.box(x, y, rf"\text{{step {number}}}", "gate", w=88, h=50, size=19)
        c.arrow(word.top(), cell.bottom())
        c.arrow(before.right(), cell.left())
        scores = c.box(x, 126, r"\text{scores}", "operation", w=84, h=32, size=17)
        c.arrow(cell.top(), scores.bottom())
        chosen = c.box(x, 54, "", w=92, h=34)
        c.words(x, 60, said, fill="#1b1f24")
        c.arrow(scores.top(), chosen.bottom())
        before = cell
    c.words(CELLS[0] - 58, 58, "the highest score", anchor="end", size=16)
    c.words(CELLS[0] - 58, 296, "fed", anchor="end", size=16)
    return c


def _both(c: Canvas, lower: Node, upper: Node, back: bool = True) -> None:
    """An arrow upwards, and beside it the gradient downwards."""
    if back:
        c.arrow(lower.top(-PAIR), upper.bottom(-PAIR))
        c.arrow(upper.bottom(PAIR), lower.top(PAIR), kind="backward")
    else:
        c.arrow(lower.top(), upper.bottom())


def _sideways(c: Canvas, left: Node, right: Node) -> None:
    """An arrow to the right, and below it the gradient to the left."""
    c.arrow(left.right(-PAIR), right.left(-PAIR))
    c.arrow(right.left(PAIR), left.right(PAIR), kind="backward")


FIGURES = (captioning_training, captioning_sampling)


def main(folder: Path) -> None:
    """Write all figures into a folder."""
    for figure in FIGURES:
        (folder / f"{figure.__name__}.svg").write_text(figure().svg(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)

"""Draw the figures of the text classification notebook: `python draw_text.py [folder]`, beside this file unless named.

Every position is written here by hand, so that drawing again changes nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

from canvas import QUIET, Canvas

SENTENCES = (("good", "food", "."), ("not", "bad", "at", "all", "!"), ("yum",))
NUMBERS = (("9", "4", "2"), ("7", "12", "31", "25", "5"), ("1",))
STEPS = 5


def text_batch() -> Canvas:
    """Three sentences as one padded batch, with their lengths and their last real steps."""
    c = Canvas(
        "text-batch",
        720,
        316,
        "Three sentences of different lengths as one padded batch",
        "A grid of three rows, one a sentence, and five columns, one a step. Row one holds the words good, food and a "
        "full stop with the numbers 9, 4, 2, then two cells of padding with the number 0; its length is 3. Row two is "
        "full: not, bad, at, all and an exclamation mark, 7, 12, 31, 25, 5; its length is 5. Row three holds one word, "
        "yum, which is unknown and so has the number 1, then four cells of padding; its length is 1. The last real "
        "cell of each row, in column 3, 5 and 1, has a thick frame. The cells of padding are grey.",
    )
    left, top, w, h = 150, 88, 84, 58
    c.text(60, 44, r"\text{tokens}", 20)
    c.words(60, 66, "(N, T), int64", size=14)
    c.text(640, 44, r"\text{lengths}", 20)
    c.words(640, 66, "(N,), int64", size=14)
    for step in range(STEPS):
        c.words(left + step * w, 50, f"step {step}", size=16)
    for row, (words, numbers) in enumerate(zip(SENTENCES, NUMBERS, strict=True)):
        y = top + 14 + row * h
        c.words(60, y + 6, f"sentence {row}", size=16)
        for step in range(STEPS):
            x = left + step * w
            if step < len(words):
                if step == len(words) - 1:
                    c.box(x, y, "", "loss", w=w - 4, h=h - 4)
                c.box(x, y, "", "value", w=w - 12, h=h - 12)
                c.words(x, y - 3, words[step], size=17, fill="#1b1f24")
                c.text(x, y + 18, numbers[step], 17)
            else:
                c.box(x, y, "", "cell", w=w - 12, h=h - 12)
                c.text(x, y + 6, "0", 17, fill=QUIET)
        c.box(640, y, str(len(words)), "operation", w=56, h=34, size=18)
    y = 290
    c.box(60, y, "", "value", w=26, h=19)
    c.words(81, y + 5, "a real token", anchor="start", size=16)
    c.box(214, y, "", "loss", w=30, h=23)
    c.box(214, y, "", "value", w=24, h=17)
    c.words(237, y + 5, "the last real token", anchor="start", size=16)
    c.box(430, y, "", "cell", w=26, h=19)
    c.words(451, y + 5, "padding: must not count", anchor="start", size=16)
    return c


def text_models() -> Canvas:
    """The three kinds of model, one below the other."""
    c = Canvas(
        "text-models",
        720,
        506,
        "Three ways from the words of a sentence to one logit",
        "Top: a bag of words. Each word of the sentence not bad, with one cell of padding behind it, has one weight; "
        "the weights of the words that are there are added, with a bias, and give the logit. Middle: an average of "
        "embeddings. Each word has a vector; the vectors of the real words are averaged, and a linear layer makes the "
        "logit of the average. Bottom: a recurrent network. The vectors go, one step after the other, into a cell that "
        "hands its state on; the state after the last real step goes into a linear layer, which makes the logit. The "
        "step over the padding is drawn in grey, and nothing is read from it.",
    )
    xs, out, last = (70, 190, 310), 560, 662
    for x, word in zip(xs, ("not", "bad", "padding"), strict=True):
        c.words(x, 34, word, size=18, fill=QUIET if word == "padding" else "#1b1f24")
    # A bag of words: one number a word.
    y = 92
    c.words(24, y - 34, "6.1  bag of words", anchor="start", size=15)
    total = c.operation(440, y, "+")
    for x, label in zip(xs, ("θ_7", "θ_{12}", ""), strict=True):
        weight = c.box(x, y, label, "parameter" if label else "cell", w=52, h=34)
        if label:
            c.arrow(weight.bottom(), (x, y + 38), (440, y + 38), total.bottom())
    bias = c.box(440, y - 50, "b", "parameter", w=34, h=30, size=18)
    c.arrow(bias.bottom(), total.top())
    logit = c.box(last, y, r"\text{logit}", "loss", w=70, h=34, size=18)
    c.arrow(total.right(), logit.left())
    # An average: one vector a word.
    y = 222
    c.words(24, y - 44, "6.2, 6.3  average of vectors", anchor="start", size=15)
    mean = c.box(440, y, r"\text{mean}", "operation", w=70, h=34, size=18)
    for x, label in zip(xs, (r"e_7", r"e_{12}", ""), strict=True):
        vector = c.box(x, y, label, "value" if label else "cell", w=52, h=54)
        if label:
            c.arrow(vector.bottom(), (x, y + 48), (440, y + 48), mean.bottom())
    linear = c.box(out, y, r"\text{linear}", "parameter", w=76, h=34, size=18)
    logit = c.box(last, y, r"\text{logit}", "loss", w=70, h=34, size=18)
    c.arrow(mean.right(), linear.left())
    c.arrow(linear.right(), logit.left())
    # A recurrent network: one step a word.
    y, cells = 462, 376
    c.words(24, cells - 58, "6.4, 6.5  RNN, LSTM", anchor="start", size=15)
    before = None
    nodes = []
    for x, label in zip(xs, (r"e_7", r"e_{12}", ""), strict=True):
        vector = c.box(x, y, label, "value" if label else "cell", w=52, h=40)
        cell = c.box(x, cells, r"\text{cell}" if label else "", "gate" if label else "cell", w=62, h=44, size=18)
        nodes.append(cell)
        if label:
            c.arrow(vector.top(), cell.bottom())
        if before is not None and label:
            c.arrow(before.right(), cell.left())
        before = cell
    linear = c.box(out, cells, r"\text{linear}", "parameter", w=76, h=34, size=18)
    logit = c.box(last, cells, r"\text{logit}", "loss", w=70, h=34, size=18)
    c.arrow(nodes[1].top(), (xs[1], cells - 44), (out, cells - 44), linear.top(), kind="highway")
    c.words(388, cells - 52, "state after the last real step", size=15)
    c.arrow(linear.right(), logit.left())
    return c


FIGURES = (text_batch, text_models)


def main(folder: Path) -> None:
    """Write all figures into a folder."""
    for figure in FIGURES:
        (folder / f"{figure.__name__}.svg").write_text(figure().svg(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)

"""Draw the figure of the transfer-learning notebook: `python draw_transfer.py [folder]`, beside this file if none."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from pathlib import Path

from canvas import QUIET, Canvas, Node

PAIR = 6  # half the distance between an arrow and the gradient that comes back beside it


def transfer() -> Canvas:
    """Fine-tuning above, frozen layers below: the same network, and how far the gradient goes back."""
    c = Canvas(
        "transfer",
        740,
        372,
        "Two ways of borrowing a trained network: fine-tuning, and frozen layers with a new last layer",
        "Two rows show the same network from left to right: a picture goes through many pretrained layers, which "
        "turn it into features; the new last layer, fc, turns the features into two scores, for ants and for bees; "
        "from these the loss L is computed. In the upper row, fine-tuning, dashed orange arrows show the gradient "
        "going back from the loss through fc and on through all pretrained layers: all weights are trained. In the "
        "lower row, frozen layers, the gradient goes back from the loss to fc and ends there: the pretrained layers"
        " keep their weights, and only fc is trained.",
    )
    _row(c, 104, r"\text{fine-tuning: all weights are trained}", frozen=False)
    _row(c, 258, r"\text{frozen layers: only the new layer is trained}", frozen=True)
    y = 345
    c.box(46, y, "", "parameter", w=26, h=19)
    c.words(66, y + 4.5, "trained", anchor="start")
    c.box(166, y, "", "cell", w=26, h=19)
    c.words(186, y + 4.5, "frozen", anchor="start")
    c.arrow((282, y), (316, y))
    c.words(324, y + 4.5, "forward", anchor="start")
    c.arrow((424, y), (458, y), kind="backward")
    c.words(466, y + 4.5, "the gradient, back", anchor="start")
    return c


def _row(c: Canvas, y: float, title: str, frozen: bool) -> None:
    """Draw the network once, with its title above it."""
    c.text(28, y - 58, title, 19, anchor="start")
    kind = "cell" if frozen else "parameter"
    picture = c.box(68, y, r"\text{picture}", w=84, h=44, size=20)
    layers = [c.box(x, y, "", kind, w=30, h=height) for x, height in ((170, 74), (212, 66), (254, 58), (296, 50))]
    c.words(233, y + 58, "pretrained: frozen" if frozen else "pretrained: trained further")
    features = c.box(402, y, r"\text{features}", w=92, h=44, size=20)
    last = c.box(512, y, r"\text{fc}", "parameter", w=44, h=50, size=20)
    c.words(512, y + 58, "new: trained")
    scores = c.box(604, y, r"\text{2 scores}", w=84, h=44, size=20)
    loss = c.box(698, y, "L", "loss", w=40, h=44)
    chain = [picture, *layers, features, last, scores, loss]
    for position, (before, after) in enumerate(itertools.pairwise(chain)):
        # The picture gets no gradient; a frozen layer and the features in front of fc get none either.
        goes_back = position >= (6 if frozen else 1)
        _arrows(c, before, after, goes_back)
    if frozen:
        x = (features.right()[0] + last.left()[0]) / 2
        c.words(x, y - 34, "the gradient ends here", fill=QUIET, size=16)


def _arrows(c: Canvas, before: Node, after: Node, goes_back: bool) -> None:
    if goes_back:
        c.arrow(before.right(-PAIR), after.left(-PAIR))
        c.arrow(after.left(PAIR), before.right(PAIR), kind="backward")
    else:
        c.arrow(before.right(), after.left())


FIGURES: dict[str, Callable[[], Canvas]] = {"transfer": transfer}


def main(folder: Path) -> None:
    """Write all figures of this script into a folder."""
    for name, figure in FIGURES.items():
        (folder / f"{name}.svg").write_text(figure().svg(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)

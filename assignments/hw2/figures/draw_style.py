"""Draw the figures of the style-transfer notebook: `python draw_style.py [folder]`, beside this file if none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from canvas import FILLS, QUIET, Canvas, Node

PAIR = 6  # half the distance between an arrow and the gradient that comes back beside it


def style_losses() -> Canvas:
    """Three pictures go through one network; three losses; the gradient goes back to one of the pictures."""
    c = Canvas(
        "style-losses",
        740,
        396,
        "Style transfer: what the three losses compare, and how far the gradient goes back",
        "On the left are three pictures, one below the other: the content picture, the picture x, and the style "
        "picture. Each goes through the same frozen network. Out of it come the features P of the content picture, "
        "the features F of x, and Gram matrices A of the style picture. F goes to the content loss, which also takes "
        "P, and by way of its Gram matrices G to the style loss, which also takes A. The picture x itself goes to the "
        "total-variation loss, by an arrow below everything. The three losses are added to L. Dashed orange arrows "
        "show the gradient going back from L through the losses, F, G and the network to the picture x. No gradient "
        "goes to the content picture, to the style picture, or to the weights.",
    )
    rows = (66, 172, 278)
    names = (r"\text{content}", "x", r"\text{style}")
    kinds = ("value", "parameter", "value")
    content, picture, style = (
        c.box(80, y, name, kind, w=88, h=46, size=21 if name == "x" else 19)
        for y, name, kind in zip(rows, names, kinds, strict=True)
    )
    network = c.box(212, 172, "", "cell", w=104, h=272)
    c.text(212, 166, r"\text{cnn}", 21)
    c.words(212, 190, "frozen")
    p = c.box(330, rows[0], "P", w=46)
    f = c.box(330, rows[1], "F", w=46)
    a = c.box(330, rows[2], "A", w=46)
    g = c.box(430, rows[1] + 53, "G", w=46)
    content_loss = c.box(554, rows[0], r"\text{content loss}", "loss", w=124, h=42, size=18)
    style_loss = c.box(554, rows[2], r"\text{style loss}", "loss", w=124, h=42, size=18)
    tv_loss = c.box(554, 356, r"\text{tv loss}", "loss", w=124, h=42, size=18)
    total = c.box(690, rows[1], "L", "loss", w=46, h=46)
    for source in (content, style):
        c.arrow(source.right(), (network.left()[0], source.y))
    for target in (p, a):
        c.arrow((network.right()[0], target.y), target.left())
    _both(c, picture.right, network.left)
    _both(c, network.right, f.left)
    c.arrow(p.right(), content_loss.left())
    c.arrow(a.right(), style_loss.left())
    _bent(c, f, content_loss, g, style_loss, picture, tv_loss)
    for loss in (content_loss, style_loss, tv_loss):
        _to_total(c, loss, total)
    c.words(330, 32, "targets, computed once", fill=QUIET, size=16)
    c.words(80, 214, "optimised", fill=QUIET, size=16)
    return c


def _bent(c: Canvas, f: Node, content_loss: Node, g: Node, style_loss: Node, picture: Node, tv_loss: Node) -> None:
    """Draw the arrows that turn a corner: F to the content loss, F to G to the style loss, x to the tv loss."""
    x = content_loss.x
    c.arrow(f.right(-PAIR), (x - PAIR, f.y - PAIR), content_loss.bottom(-PAIR))
    c.arrow(content_loss.bottom(PAIR), (x + PAIR, f.y + PAIR), f.right(PAIR), kind="backward")
    c.arrow((g.x - PAIR, f.y + PAIR), g.top(-PAIR))
    c.arrow(g.top(PAIR), (g.x + PAIR, f.y + PAIR + 1), kind="backward", head=False)
    c.arrow(g.right(-PAIR), (x - PAIR, g.y - PAIR), style_loss.top(-PAIR))
    c.arrow(style_loss.top(PAIR), (x + PAIR, g.y + PAIR), g.right(PAIR), kind="backward")
    low = tv_loss.y
    c.arrow(picture.left(PAIR), (24, picture.y + PAIR), (24, low - PAIR), tv_loss.left(-PAIR))
    c.arrow(tv_loss.left(PAIR), (12, low + PAIR), (12, picture.y - PAIR), picture.left(-PAIR), kind="backward")


def _to_total(c: Canvas, loss: Node, total: Node) -> None:
    if loss.y < total.y:
        c.arrow(loss.right(-PAIR), (total.x + PAIR, loss.y - PAIR), total.top(PAIR))
        c.arrow(total.top(-PAIR), (total.x - PAIR, loss.y + PAIR), loss.right(PAIR), kind="backward")
    elif loss.y < 300:
        c.arrow(loss.right(-PAIR), (total.x - 3 * PAIR, loss.y - PAIR), total.bottom(-3 * PAIR))
        c.arrow(total.bottom(-PAIR), (total.x - PAIR, loss.y + PAIR), loss.right(PAIR), kind="backward")
    else:
        c.arrow(loss.right(-PAIR), (total.x + PAIR, loss.y - PAIR), total.bottom(PAIR))
        c.arrow(total.bottom(3 * PAIR), (total.x + 3 * PAIR, loss.y + PAIR), loss.right(PAIR), kind="backward")


def _both(
    c: Canvas, start: Callable[[float], tuple[float, float]], end: Callable[[float], tuple[float, float]]
) -> None:
    """Draw an arrow, and the gradient that comes back beside it."""
    c.arrow(start(-PAIR), end(-PAIR))
    c.arrow(end(PAIR), start(PAIR), kind="backward")


def style_gram() -> Canvas:
    """The Gram matrix as a product of the maps, written as rows, and their transpose."""
    c = Canvas(
        "style-gram",
        740,
        276,
        "The Gram matrix of a layer as one matrix product",
        "On the left are the features of a layer: C maps, each of height H and width W, drawn as sheets one behind the "
        "other. An arrow leads to a matrix with C rows, in which each map is written out as one row of H times W "
        "numbers; row c is marked. It is multiplied by its own transpose, with C columns, of which column d is marked. "
        "The product is the Gram matrix with C rows and C columns; its entry in row c and column d is marked. It is "
        "the sum over all positions of map c times map d.",
    )
    for number in range(4):
        c.box(74 + 12 * number, 152 - 14 * number, "", "value", w=92, h=76)
    c.words(92, 222, "C maps, H × W")
    c.words(92, 246, "features", size=16)
    c.arrow((166, 132), (194, 132))
    height, width, cell = 92, 176, 23
    _grid(c, 308, 132, width, height, rows=4, marked_row=1)
    c.words(308, 222, "C rows of H·W")
    c.text(409, 138, r"\cdot", 30)
    _grid(c, 470, 132, height, width, columns=4, marked_column=2)
    c.words(470, 246, "its transpose")
    c.text(545, 139, "=", 26)
    _grid(c, 636, 132, height, height, rows=4, columns=4, marked_row=1, marked_column=2)
    c.words(636, 222, "C × C")
    c.words(636, 246, "Gram matrix", size=16)
    left, top = 308 - width / 2, 132 - height / 2
    c.text(left - 12, top + 1.5 * cell + 6, "c", 20)
    c.text(470 - height / 2 + 2.5 * cell, 132 - width / 2 - 10, "d", 20)
    c.text(636 - height / 2 - 12, top + 1.5 * cell + 6, "c", 20)
    c.text(636 - height / 2 + 2.5 * cell, top - 10, "d", 20)
    return c


def _grid(
    c: Canvas,
    x: float,
    y: float,
    w: float,
    h: float,
    rows: int = 1,
    columns: int = 1,
    marked_row: int | None = None,
    marked_column: int | None = None,
) -> None:
    """Draw a matrix with its middle at (x, y); a row, a column, or the entry where they meet is marked."""
    high, wide = h / rows, w / columns
    for row in range(rows):
        for column in range(columns):
            marks = [marked_row in (None, row), marked_column in (None, column)]
            kind = "parameter" if all(marks) and not (marked_row is marked_column is None) else "cell"
            fill, stroke = FILLS[kind]
            left, top = x - w / 2 + column * wide, y - h / 2 + row * high
            c.parts.append(
                f'<rect x="{left:g}" y="{top:g}" width="{wide:g}" height="{high:g}" fill="{fill}" stroke="{stroke}" '
                'stroke-width="1.2"/>'
            )


FIGURES: dict[str, Callable[[], Canvas]] = {"style_losses": style_losses, "style_gram": style_gram}


def main(folder: Path) -> None:
    """Write all figures of this script into a folder."""
    for name, figure in FIGURES.items():
        (folder / f"{name}.svg").write_text(figure().svg(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)

"""Draw the figures of the recurrent notebooks: `python draw.py [folder]`, beside this file unless a folder is named.

Every position is written here by hand, so that drawing again changes nothing; a test holds the files to that.
The figures show what is computed and which way the gradient takes, and never a formula that the notebooks ask for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from canvas import QUIET, Canvas, Node, Point

Side = Callable[[float], Point]
SHAPE = 15.5  # the size of the shapes beside the arrows
PAIR = 6  # half the distance between an arrow and the gradient that comes back beside it
LOSS = r"L\text{   the loss: it may depend on every hidden state}"


def _legend(canvas: Canvas, y: float, x: float, entries: list[tuple[str, str, float]]) -> None:
    """Write the key: for each entry its kind, its words and the room that it takes."""
    for kind, words, room in entries:
        if kind in ("forward", "backward", "highway"):
            canvas.arrow((x, y), (x + 34, y), kind=kind)
            canvas.words(x + 42, y + 4.5, words, anchor="start")
        elif kind in ("+", "odot", "dot"):
            canvas.operation(x + 10, y, kind, 10)
            canvas.words(x + 27, y + 4.5, words, anchor="start")
        else:
            canvas.box(x + 13, y, "", kind, w=26, h=19)
            canvas.words(x + 33, y + 4.5, words, anchor="start")
        x += room


def rnn_step() -> Canvas:
    """One step of the RNN as a computation graph."""
    c = Canvas(
        "rnn-step",
        720,
        392,
        "One step of a recurrent network as a computation graph",
        "The input x_t, of shape (N, D), is multiplied by W_x, of shape (D, H). The previous hidden state h_{t-1}, of "
        "shape (N, H), is multiplied by W_h, of shape (H, H). The two products and the bias b, of shape (H,), are "
        "added and give a_t, of shape (N, H). Its hyperbolic tangent is the new hidden state h_t, of shape (N, H).",
    )
    high, low, middle = 104, 242, 173
    x, h = c.box(56, high, "x_t"), c.box(56, low, "h_{t-1}", w=56)
    wx, wh = c.box(204, 36, "W_x", "parameter"), c.box(204, 310, "W_h", "parameter")
    px, ph = c.operation(204, high, "dot"), c.operation(204, low, "dot")
    total = c.operation(330, middle, "+")
    b = c.box(330, 310, "b", "parameter")
    a = c.box(440, middle, "a_t")
    tanh = c.box(551, middle, r"\tanh", "operation", w=66, h=34, size=19)
    out = c.box(666, middle, "h_t")
    for start, end in (
        (x.right(), px.left()),
        (h.right(), ph.left()),
        (wx.bottom(), px.top()),
        (wh.top(), ph.bottom()),
        (b.top(), total.bottom()),
        (total.right(), a.left()),
        (a.right(), tanh.left()),
        (tanh.right(), out.left()),
    ):
        c.arrow(start, end)
    c.arrow(px.right(), (total.x, high), total.top())
    c.arrow(ph.right(), (288, low), (288, middle), total.left())
    for tx, ty, shape in (
        (136, high, "(N, D)"),
        (136, low, "(N, H)"),
        (266, high, "(N, H)"),
        (253, low, "(N, H)"),
        (379, middle, "(N, H)"),
        (488, middle, "(N, H)"),
        (612, middle, "(N, H)"),
    ):
        c.text(tx, ty - 9, shape, SHAPE)
    for tx, ty, shape in ((213, 76, "(D, H)"), (213, 279, "(H, H)"), (339, 262, "(H,)")):
        c.text(tx, ty, shape, SHAPE, anchor="start")
    _legend(
        c,
        362,
        52,
        [
            ("value", "value", 104),
            ("parameter", "parameter, the same in every step", 288),
            ("dot", "matrix product", 160),
            ("+", "sum", 0),
        ],
    )
    return c


def rnn_unrolled() -> Canvas:
    """The RNN unrolled over its steps, with the gradient's way back."""
    c = Canvas(
        "rnn-unrolled",
        720,
        396,
        "A recurrent network unrolled in time, with the way of the gradient",
        "From left to right the initial state h_0, then the steps 1, 2 and so on to T. Step t takes x_t from below and "
        "the hidden state h_{t-1} from the left, and gives h_t to the next step and to the loss L. All steps use the "
        "same W_x, W_h and b, drawn as one box above. Dashed arrows in orange show the gradient, which goes the other "
        "way: from the loss into every h_t, through every step to the one before it as far as h_0, down to every x_t, "
        "and from every step up to the shared parameters.",
    )
    y, inputs = 158, 250
    shared = c.box(358, 46, r"W_x, W_h, b\text{   one copy, used in every step}", "parameter", w=510, h=36, size=19)
    loss = c.box(399, 316, LOSS, "loss", w=592, h=34, size=18)
    before = c.box(39, y, "h_0", w=42)
    for step, x in (("1", 138), ("2", 334), ("T", 578)):
        cell = c.box(x, y, rf"\text{{step }}{step}", "cell", w=70, h=56, size=19)
        state, value = c.box(x + 96, y, f"h_{step}", w=42), c.box(x, inputs, f"x_{step}", w=42, h=34)
        if step == "T":
            _between(c, before, cell, y)
        else:
            _both(c, before.right, cell.left)
        _both(c, cell.right, state.left)
        _both(c, value.top, cell.bottom)
        _both(c, state.bottom, _above(state, loss))
        _both(c, _below(cell, shared), cell.top)
        before = state
    _legend(c, 366, 140, [("forward", "forward in time", 220), ("backward", "the gradient, back in time", 0)])
    return c


def lstm_step() -> Canvas:
    """One step of the LSTM as a computation graph, from the inputs at the bottom to the states at the top."""
    c = Canvas(
        "lstm-step",
        720,
        610,
        "One step of an LSTM as a computation graph",
        "Below, x_t of shape (N, D) times W_x of shape (D, 4H), plus h_{t-1} of shape (N, H) times W_h of shape "
        "(H, 4H), plus the bias b of shape (4H,), give a_t of shape (N, 4H). Its columns are four blocks side by side: "
        "0:H for the forget gate, H:2H for the input gate, 2H:3H for the candidate, 3H:4H for the output gate. Sigmoid "
        "makes f_t, i_t and o_t of their blocks, tanh makes the candidate c-tilde_t. Above, the cell state goes from "
        "left to right: c_{t-1} times f_t, plus i_t times the candidate, is c_t. The hidden state h_t is o_t times "
        "tanh(c_t). All of these have shape (N, H), and their products are elementwise.",
    )
    cells, gates, blocks, products = 52, 196, 332, 438
    previous, keep, add = (
        c.box(54, cells, "c_{t-1}", w=56),
        c.operation(190, cells, "odot"),
        c.operation(346, cells, "+"),
    )
    new, out = c.box(664, cells, "c_t"), c.box(664, gates, "h_t")
    write, squash = c.operation(346, 122, "odot"), c.box(574, 122, r"\tanh", "operation", w=62, h=32, size=19)
    read = c.operation(574, gates, "odot")
    for start, end in ((previous.right(), keep.left()), (keep.right(), add.left()), (add.right(), new.left())):
        c.arrow(start, end, kind="highway")
    values = []
    for name, x, columns in (("f", 190, "0:H"), ("i", 294, "H:2H"), (r"\tilde{c}", 398, "2H:3H"), ("o", 502, "3H:4H")):
        block = c.box(x, blocks, "", "block", w=104, h=58)
        c.text(x, blocks - 2, f"a_t^{{{name}}}", 21)
        c.text(x, blocks + 22, columns, SHAPE, QUIET)
        function = c.box(
            x,
            264,
            r"\tanh" if "tilde" in name else r"\sigma",
            "operation",
            w=62 if "tilde" in name else 46,
            h=32,
            size=19,
        )
        values.append(c.box(x, gates, f"{name}_t", "gate"))
        c.arrow(block.top(), function.bottom())
        c.arrow(function.top(), values[-1].bottom())
    forget, enter, candidate, output = values
    c.arrow(forget.top(), keep.bottom())
    c.arrow(enter.top(), (enter.x, write.y), write.left())
    c.arrow(candidate.top(), (candidate.x, write.y), write.right())
    c.arrow(write.top(), add.bottom())
    c.arrow(output.right(), read.left())
    c.arrow((squash.x, cells), squash.top())
    c.arrow(squash.bottom(), read.top())
    c.arrow(read.right(), out.left())
    x, h = c.box(96, products, "x_t"), c.box(600, products, "h_{t-1}", w=56)
    px, total, ph = (
        c.operation(226, products, "dot"),
        c.operation(346, products, "+"),
        c.operation(466, products, "dot"),
    )
    wx, b, wh = (c.box(at, 526, tex, "parameter") for at, tex in ((226, "W_x"), (346, "b"), (466, "W_h")))
    for start, end in (
        (x.right(), px.left()),
        (px.right(), total.left()),
        (h.left(), ph.right()),
        (ph.left(), total.right()),
        (wx.top(), px.bottom()),
        (b.top(), total.bottom()),
        (wh.top(), ph.bottom()),
        (total.top(), (346, blocks + 29)),
    ):
        c.arrow(start, end)
    for tx, ty, shape in (
        (165, products, "(N, D)"),
        (284, products, "(N, 4H)"),
        (406, products, "(N, 4H)"),
        (527, products, "(N, H)"),
        (130, cells, "(N, H)"),
        (268, cells, "(N, H)"),
        (470, cells, "(N, H)"),
        (615, gates, "(N, H)"),
    ):
        c.text(tx, ty - 10, shape, SHAPE)
    for tx, ty, shape in (
        (235, 486, "(D, 4H)"),
        (355, 486, "(4H,)"),
        (475, 486, "(H, 4H)"),
        (355, 396, "(N, 4H)"),
        (199, 122, "(N, H)"),
        (511, 240, "(N, H)"),
    ):
        c.text(tx, ty, shape, SHAPE, anchor="start")
    c.text(122, blocks - 1, "a_t", 21, anchor="end")
    c.text(122, blocks + 20, "(N, 4H)", SHAPE, anchor="end")
    _legend(
        c,
        580,
        28,
        [
            ("value", "value", 88),
            ("gate", "gate", 80),
            ("parameter", "parameter", 122),
            ("dot", "matrix product", 144),
            ("odot", "elementwise product", 178),
            ("+", "sum", 0),
        ],
    )
    return c


def lstm_unrolled() -> Canvas:
    """The LSTM unrolled over its steps: the cell state above, the hidden state below, and the gradient's way back."""
    c = Canvas(
        "lstm-unrolled",
        760,
        420,
        "An LSTM unrolled in time, with the way of the gradient",
        "From left to right the initial states c_0 = 0 and h_0, then the steps 1, 2 and so on to T. Along the top the "
        "cell state passes from step to step, drawn thick: within a step it is multiplied elementwise and added to. "
        "Along the middle the hidden state h_{t-1} enters the gates of step t together with x_t from below; the new "
        "cell state and the gates give h_t, which goes to the next step and to the loss L. Dashed arrows in orange "
        "show the gradient, which goes the other way: from the loss into every h_t, and back through every step along "
        "both the hidden state and the cell state.",
    )
    cells, hidden, inputs = 66, 178, 282
    loss = c.box(434, 346, LOSS, "loss", w=616, h=34, size=18)
    before = c.box(36, cells, "c_0", w=38, h=36), c.box(36, hidden, "h_0", w=38, h=36)
    c.words(36, cells + 35, "zeros")
    for step, x in (("1", 146), ("2", 361), ("T", 618)):
        c.box(x, 116, "", "cell", w=136, h=184)
        c.text(x, 43, rf"\text{{step }}{step}", 18)
        keep, add, read = (
            c.operation(x + at, y, sign, 12)
            for at, y, sign in ((-42, cells, "odot"), (4, cells, "+"), (44, hidden, "odot"))
        )
        gates = c.box(x - 23, hidden, "", "gate", w=76, h=32)
        for name, at in (("f", -27), ("i", -9), (r"\tilde{c}", 9), ("o", 27)):
            c.text(gates.x + at, hidden + 6, name, 19)
        new, state = c.box(x + 107, cells, f"c_{step}", w=38, h=36), c.box(x + 107, hidden, f"h_{step}", w=38, h=36)
        value = c.box(x - 23, inputs, f"x_{step}", w=42, h=34)
        if step == "T":
            _between(c, before[0], keep, cells, "highway")
            _between(c, before[1], gates, hidden)
        else:
            _both(c, before[0].right, keep.left, "highway")
            _both(c, before[1].right, gates.left)
        _both(c, keep.right, add.left, "highway")
        c.arrow(add.right(-PAIR), new.left(-PAIR), kind="highway")
        _both(c, lambda shift, gates=gates, keep=keep: (keep.x + shift, gates.top()[1]), keep.bottom)
        _both(c, lambda shift, gates=gates, add=add: (add.x + shift, gates.top()[1]), add.bottom)
        squash = c.box(read.x, 122, r"\tanh", "operation", w=40, h=22, size=14)
        c.arrow((squash.x - PAIR, cells - PAIR), squash.top(-PAIR))
        if step == "T":  # nothing after the last step asks for c_T: its gradient comes from h_T alone
            c.arrow(squash.top(PAIR), (squash.x + PAIR, cells + PAIR), add.right(PAIR), kind="backward")
        else:
            c.arrow(new.left(PAIR), add.right(PAIR), kind="backward")
            c.arrow(squash.top(PAIR), (squash.x + PAIR, cells + PAIR), kind="backward")
        _both(c, squash.bottom, read.top)
        _both(c, gates.right, read.left)
        _both(c, read.right, state.left)
        _both(c, value.top, gates.bottom)
        _both(c, state.bottom, _above(state, loss))
        before = new, state
    _legend(
        c,
        394,
        98,
        [
            ("highway", "cell state", 160),
            ("forward", "other values", 176),
            ("backward", "the gradient, back in time", 0),
        ],
    )
    return c


def _both(c: Canvas, start: Side, end: Side, kind: str = "forward") -> None:
    """Draw an arrow and, beside it, the gradient's arrow that comes back."""
    c.arrow(start(-PAIR), end(-PAIR), kind=kind)
    c.arrow(end(PAIR), start(PAIR), kind="backward")


def _between(c: Canvas, before: Node, after: Node, y: float, kind: str = "forward") -> None:
    """Draw the same pair where steps are left out between two nodes."""
    start, middle, end = before.right()[0], before.right()[0] + 48, after.left()[0]
    c.arrow((start, y - PAIR), (middle - 16, y - PAIR), kind=kind, head=False)
    c.arrow((middle + 16, y - PAIR), (end, y - PAIR), kind=kind)
    c.arrow((end, y + PAIR), (middle + 16, y + PAIR), kind="backward", head=False)
    c.arrow((middle - 16, y + PAIR), (start, y + PAIR), kind="backward")
    c.text(middle, y + 3, r"\dots", 22)


def _above(node: Node, bar: Node) -> Side:
    """Return the points of the bar's upper side that are straight below the node."""
    return lambda shift: (node.x + shift, bar.top()[1])


def _below(node: Node, bar: Node) -> Side:
    """Return the points of the bar's lower side that are straight above the node."""
    return lambda shift: (node.x + shift, bar.bottom()[1])


FIGURES: dict[str, Callable[[], Canvas]] = {
    "rnn_step": rnn_step,
    "rnn_unrolled": rnn_unrolled,
    "lstm_step": lstm_step,
    "lstm_unrolled": lstm_unrolled,
}


def main(folder: Path) -> None:
    """Write every figure into the folder."""
    for name, figure in FIGURES.items():
        (folder / f"{name}.svg").write_text(figure().svg(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)

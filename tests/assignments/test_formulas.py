"""Every formula of the written derivations is computed as it stands in the text and compared with torch autograd."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import jupytext
import numpy as np
import pytest
from formula_values import Values, WrongFormulaError, verify
from latex import FormulaError, blocks, parse
from true_values import Sizes, lstm_values, rnn_values

HOMEWORK = Path(__file__).parents[2] / "assignments" / "hw2"
NOTEBOOKS = ("3_rnn", "4_lstm")

STEP_SIZES = [Sizes(N=3, D=5, H=4, T=1), Sizes(N=2, D=3, H=6, T=1), Sizes(N=5, D=2, H=3, T=1)]
SIZES = [Sizes(N=2, D=5, H=3, T=4), Sizes(N=4, D=3, H=5, T=2), Sizes(N=3, D=2, H=4, T=5), Sizes(N=2, D=3, H=4, T=1)]


def one_rnn_step(sizes: Sizes, seed: int) -> Values:
    return rnn_values(sizes, seed, one_step=True)


def one_lstm_step(sizes: Sizes, seed: int) -> Values:
    return lstm_values(sizes, seed, one_step=True)


# Each derivation: its notebook, where true values come from, at which sizes, and what it must arrive at.
DERIVATIONS: dict[str, tuple[str, Callable[[Sizes, int], Values], list[Sizes], set[str]]] = {
    "derive_rnn_step_backward": ("3_rnn", one_rnn_step, STEP_SIZES, {"x_t", "h_{t-1}", "W_x", "W_h", "b"}),
    "derive_rnn_backward": ("3_rnn", rnn_values, SIZES, {"x_t", "h_0", "W_x", "W_h", "b"}),
    "derive_lstm_step_backward": (
        "4_lstm",
        one_lstm_step,
        STEP_SIZES,
        {"x_t", "h_{t-1}", "c_{t-1}", "W_x", "W_h", "b"},
    ),
    "derive_lstm_backward": ("4_lstm", lstm_values, SIZES, {"x_t", "h_0", "W_x", "W_h", "b"}),
}


@cache
def markdown_cells(notebook: str) -> dict[str, str]:
    """Return the notebook's markdown cells by `grade_id`, or by their number where they have none."""
    cells = jupytext.read(HOMEWORK / f"{notebook}.py").cells
    return {
        cell.metadata.get("nbgrader", {}).get("grade_id", f"cell {number}"): cell.source
        for number, cell in enumerate(cells)
        if cell.cell_type == "markdown"
    }


def derivation(name: str) -> str:
    return markdown_cells(DERIVATIONS[name][0])[name]


@cache
def true_values(name: str) -> list[Values]:
    _, make, sizes, _ = DERIVATIONS[name]
    return [make(size, seed) for seed, size in enumerate(sizes)]


def gradient_of(symbol: str) -> str:
    return rf"\frac{{\partial L}}{{\partial {symbol}}}"


@pytest.mark.parametrize("name", DERIVATIONS)
def test_every_formula_of_a_derivation_is_true(name: str) -> None:
    formulas = blocks(derivation(name))
    assert formulas
    for formula in formulas:
        for values in true_values(name):
            assert verify(formula, values) > 0


@pytest.mark.parametrize("name", DERIVATIONS)
def test_a_derivation_arrives_at_all_its_gradients(name: str) -> None:
    results = {parse(formula)[0] for formula in blocks(derivation(name))}
    for symbol in DERIVATIONS[name][3]:
        wanted, _ = parse(f"{gradient_of(symbol)} = 0")
        assert wanted in results, f"no formula for the gradient of {symbol} in {name}"


@pytest.mark.parametrize("name", DERIVATIONS)
def test_equalities_in_running_text_are_true(name: str) -> None:
    """Between single dollar signs stands much that is no equality of arrays; what is one must be true."""
    text = re.sub(r"\$\$.*?\$\$", "", derivation(name), flags=re.DOTALL)
    checked = 0
    for formula in re.findall(r"\$([^$]+)\$", text):
        for values in true_values(name):
            try:
                checked += verify(formula, values)
            except FormulaError:
                continue
    assert checked


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_formulas_of_the_other_cells_are_true(notebook: str) -> None:
    name = next(name for name, (where, *_) in DERIVATIONS.items() if where == notebook)
    formulas = [
        formula
        for cell, text in markdown_cells(notebook).items()
        if cell not in DERIVATIONS
        for formula in blocks(text)
    ]
    assert formulas
    for formula in formulas:
        for values in true_values(name):
            verify(formula, values)


SLIPS = {
    r"^\top": "",
    r"1 - ": "1 + ",
    r"^{2}": "",
    r"W_x": "W_h",
    r"W_h": "W_x",
    r"t+1": "t",
    r"h_{t-1}": "h_t",
    r"c_{t-1}": "c_t",
    r"\tanh(c_t)": "c_t",
    r"\sum_{n=1}^{N}": r"\sum_{n=2}^{N}",
    r"\sum_{t=1}^{T}": r"\sum_{t=2}^{T}",
    r" + ": " - ",
    r"a_t^f": "a_t^i",
    r"o_t \odot": "",
}


@pytest.mark.parametrize("name", DERIVATIONS)
def test_a_slip_in_any_formula_is_noticed(name: str) -> None:
    """The comparison is no rubber stamp: change one thing in a right side and it is no longer true."""
    values = true_values(name)[0]
    slips = 0
    for formula in blocks(derivation(name)):
        left, right = formula.split("=", 1)
        for old, new in SLIPS.items():
            if old in right:
                slips += 1
                with pytest.raises(WrongFormulaError):
                    verify(f"{left}={right.replace(old, new, 1)}", values)
    assert slips > 10


RNN = rnn_values(SIZES[0])
LSTM = lstm_values(SIZES[0])
LSTM_STEP = lstm_values(STEP_SIZES[0], one_step=True)

TRUE_FORMULAS = [
    (r"x_t = x_t", LSTM),
    (r"h_t = \tanh\left( x_t W_x + h_{t-1} W_h + b \right).", RNN),
    (r"\delta_t = g_t \odot (1 - h_t^2) + \delta_{t+1} {W_h}^{\top} \odot \bigl(1 - h_t^{\odot 2}\bigr)", RNN),
    (r"\frac{\partial L}{\partial h_T} = g_T", RNN),
    (r"\frac{\partial L}{\partial b} = \sum_t \sum_n \left(\delta_t\right)_n", RNN),
    (r"\frac{\partial L}{\partial b} = \sum_{t=1}^T \sum_{n=1}^N \delta_{t,n}", RNN),
    (r"\frac{\partial L}{\partial b} = \sum_{t=1}^{T} \mathbf{1}^\top \delta_t", RNN),
    (r"\frac{\partial L}{\partial W_h} = h_0^\top \delta_1 + \sum_{t=2}^{T} h_{t-1}^{\top} \delta_t", RNN),
    (r"c_t = f_t \odot c_{t-1} + i_t \odot \tilde c_t", LSTM),
    (r"o_t = \sigma(a_t^{o})", LSTM),
    (r"o_t = o_t -1 + 1", LSTM),  # without braces, -1 is no part of the subscript
    (r"c_0 = 0", LSTM),
    (r"o_t = 1 - \sigma\left( - a^o_t \right)", LSTM),
    (r"f_t = \frac{1}{2} + \frac{1}{2} \tanh\left( \frac{1}{2} a_t^f \right)", LSTM),
    (r"a_t = [ a_t^f, a_t^i, a_t^{\tilde{c}}, a_t^o ]", LSTM),
    (r"a_t = \begin{bmatrix} a_t^f & a_t^i & a_t^{\tilde c} & a_t^o \end{bmatrix}", LSTM),
    (
        r"\frac{\partial L}{\partial c_t} = g^c_t + \frac{\partial L}{\partial h_t} \odot o_t \odot (1 - \tanh^2(c_t))",
        LSTM_STEP,
    ),
    (
        r"\frac{\partial L}{\partial W_x^f} = \sum_{t=1}^{T} x_t^\top \frac{\partial L}{\partial a_t^f}",
        LSTM,
    ),
    (
        r"\frac{\partial L}{\partial x_t} = \frac{\partial L}{\partial a_t^f} {W_x^f}^\top"
        r" + \frac{\partial L}{\partial a_t^i} W_x^{i \, \top} + \frac{\partial L}{\partial a_t^o} (W_x^o)^\top"
        r" + \frac{\partial L}{\partial a_t^{\tilde c}} W_x^{\tilde{c} \top}",
        LSTM,
    ),
]


@pytest.mark.parametrize(("formula", "values"), TRUE_FORMULAS, ids=[formula for formula, _ in TRUE_FORMULAS])
def test_true_formulas_in_many_notations(formula: str, values: Values) -> None:
    assert verify(formula, values) > 0


WRONG_FORMULAS = [
    # slips of a printed solution, one after the other
    (
        r"\frac{\partial L}{\partial c_t} = g_t^c + \frac{\partial L}{\partial h_t} \odot o_t \odot (1 - o_t^2)",
        LSTM_STEP,
        "off by",
    ),
    (r"\frac{\partial L}{\partial b} = h_{t-1}^\top \delta_t", LSTM_STEP, "shape"),
    (r"\frac{\partial L}{\partial b} = \sum_{t=1}^{T} h_{t-1}^\top \delta_t", LSTM, "shape"),
    (
        r"\frac{\partial L}{\partial b} = \sum_{t=1}^{T} \sum_{n=1}^{N} ( h_{t-1}^\top \delta_t )_n",
        LSTM,
        "shape|off by",
    ),
    (
        r"\frac{\partial L}{\partial h_0} = \delta_1 W_h^\top + \frac{\partial L}{\partial a_1^o} {W_h^o}^\top",
        LSTM,
        "off by",
    ),
    (r"\frac{\partial L}{\partial h_t} = \sum_{t=1}^{T} \delta_t", RNN, "in use"),
    # and some of the most common ones of students
    (r"\frac{\partial L}{\partial b} = \delta_t", RNN, "bound by nothing"),
    (r"\frac{\partial L}{\partial b} = \sum_{t=1}^{T} \delta_t", RNN, "shape"),
    (r"\frac{\partial L}{\partial h_t} = \delta_{t+1} W_h^\top", RNN, "off by .* at t = 1"),
    (r"\frac{\partial L}{\partial h_t} = g_t + \delta_{t+1} W_h", RNN, "off by"),
    (r"\frac{\partial L}{\partial x_t} = W_x^\top \delta_t", RNN, "no matrix product"),
    (r"\frac{\partial L}{\partial W_x} = x_t^\top \delta_t", RNN, "bound by nothing"),
    (r"\delta_t = \frac{\partial L}{\partial h_t} \odot h_t^\top", RNN, "odot of shapes"),
    (r"a_t = \left[ a_t^i \; a_t^f \; a_t^{\tilde c} \; a_t^o \right]", LSTM, "off by"),
]


@pytest.mark.parametrize(("formula", "values", "message"), WRONG_FORMULAS, ids=[f for f, *_ in WRONG_FORMULAS])
def test_wrong_formulas_are_caught(formula: str, values: Values, message: str) -> None:
    with pytest.raises((WrongFormulaError, FormulaError), match=message):
        verify(formula, values)


NOT_UNDERSTOOD = [
    (r"h_t = \foo(a_t)", r"expected a symbol, got the token '\\\\foo' at character 6"),
    (r"h_t = \tanh(a_t", r"expected '\)', but the formula ends"),
    (r"h_t = a_t^23", "a whole number as exponent, got the token '23'"),
    (r"h_t = q_t", "'q' has no value at a step"),
    (r"h_t = a", "'a' needs a step"),
    (r"h_t = x_{t-1}", "'x' has no value at step 0"),
    (r"h_t = a_{t+", "expected a step or a row, but the formula ends"),
    (r"h_t = a_{t+t}", "a variable and a number"),
    (r"h_t = a_{k}", "'k' is bound by nothing"),
    (r"h_t + a_t = 0", r"expected '=', got the token '\+'"),
    (r"2 = 2", "the left side is not one symbol"),
    (r"h_t = a_t = x_t", "expected the end of the formula, got the token '='"),
    (r"h_t", "expected '=', but the formula ends"),
    (r"h_t = \frac{\partial a_t}{\partial h_t}", r"expected 'L' or '\\\\ell', got the token 'a'"),
    (r"h_t = \frac{1}{a_t}", "neither a derivative nor a number"),
    (r"h_t = \sum_{k} a_t", "the last value of 'k'"),
]


@pytest.mark.parametrize(("formula", "message"), NOT_UNDERSTOOD, ids=[formula for formula, _ in NOT_UNDERSTOOD])
def test_what_is_not_understood_is_an_error_that_shows_the_token(formula: str, message: str) -> None:
    with pytest.raises(FormulaError, match=message):
        verify(formula, RNN)


def test_beyond_the_last_step_everything_is_zero() -> None:
    assert np.all(RNN.at("delta", SIZES[0].T + 1) == 0)
    with pytest.raises(FormulaError, match="no value at step"):
        RNN.at("delta", SIZES[0].T + 2)


def test_blocks_come_in_order_and_in_pairs() -> None:
    assert blocks("one $$ a $$ two\n$$\nb\n$$") == [" a ", "\nb\n"]
    with pytest.raises(FormulaError, match="partner"):
        blocks("$$ a $$ and $$")

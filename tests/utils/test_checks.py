"""Right solutions pass the visible checks; typical wrong ones fail with a message that names the fault."""

from __future__ import annotations

import cell_solutions
import numpy as np
import pytest
from cell_solutions import changed

import utils.checks
from utils.checks import CheckError
from utils.checks.cases import case

FUNCTIONS = [f"{cell}_{way}" for cell in ("rnn_step", "rnn", "lstm_step", "lstm") for way in ("forward", "backward")]


def check(name, solutions):
    """Run the check of one function on these solutions."""
    forward = name.replace("backward", "forward")
    functions = [name] if name == forward else [name, forward]
    getattr(utils.checks, f"check_{name}")(*(getattr(solutions, function) for function in functions))


def message_of(name, solutions):
    with pytest.raises(CheckError) as error:
        check(name, solutions)
    return str(error.value)


def rows(table):
    """Parameters from a table of replacements by function."""
    return [
        pytest.param(name, *row, id=f"{name}-{index}") for name, part in table.items() for index, row in enumerate(part)
    ]


def test_the_public_names():
    assert set(utils.checks.__all__) == {"CheckError", *(f"check_{name}" for name in FUNCTIONS)}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_right_solutions_pass(name, capsys):
    check(name, cell_solutions)
    out = capsys.readouterr().out
    assert out.splitlines()[0] == name
    assert " ok " in out
    assert "wrong" not in out
    assert "note" not in out


RIGHT_BUT_DIFFERENT = {
    "rnn_step_forward": [
        ("np.tanh(x @ Wx + prev_h @ Wh + b)", "np.tanh(np.hstack([x, prev_h]) @ np.vstack([Wx, Wh]) + b)"),
        ("return next_h, (x, prev_h, Wx, Wh, next_h)", "return [next_h, [x, prev_h, Wx, Wh, next_h]]"),
        ("return", "print('shape', next_h.shape)\n    return"),
        ("+ b)", "+ b).astype(np.float32)"),
    ],
    "rnn_step_backward": [
        ("da = dnext_h * (1 - next_h**2)", "da = dnext_h\n    da *= 1 - next_h**2"),
        ("da.sum(axis=0)", "np.einsum('nh->h', da)"),
        ("da.sum(axis=0)", "da.sum(axis=0).astype(np.float32)"),
    ],
    "rnn_backward": [
        ("rnn_step_backward(dh[t] + dprev_h, caches[t])", "rnn_step_backward(dh[t] + dprev_h, caches.pop())"),
        ("for t", "dh = np.asfortranarray(dh)\n    for t"),
    ],
    "lstm_backward": [
        ("dh[t] + dprev_h, dprev_c", "np.add(dh[t], dprev_h, out=dh[t]), dprev_c"),
    ],
    "lstm_step_forward": [
        ("return next_h, next_c, (x,", "x = x.copy()\n    return next_h, next_c, (x,"),
    ],
}


@pytest.mark.parametrize(("name", "old", "new"), rows(RIGHT_BUT_DIFFERENT))
def test_right_but_different_solutions_pass(name, old, new):
    check(name, changed(name, (old, new)))


NOTES = {
    "rnn_step_forward": [
        ("+ b)", "+ b).astype(np.float32)", "is float32, though the arguments are float64"),
        ("next_h = np", "x *= 2\n    x /= 2\n    x += 0.5\n    x -= 0.5\n    next_h = np", "writes into x:"),
    ],
    "rnn_step_backward": [
        ("da = dnext_h * (1 - next_h**2)", "da = dnext_h\n    da *= 1 - next_h**2", "into dnext_h: no fault"),
    ],
    "rnn_backward": [
        ("dh[t] + dprev_h", "np.add(dh[t], dprev_h, out=dh[t])", "the function writes into dh: no fault here"),
    ],
}


@pytest.mark.parametrize(("name", "old", "new", "text"), rows(NOTES))
def test_remarks_that_are_no_faults(name, old, new, text, capsys):
    check(name, changed(name, (old, new)))
    assert text in capsys.readouterr().out


LAST = "(1 - np.tanh(next_c) ** 2)"
WRONG = {
    "rnn_step_forward": [
        ("np.tanh(x @ Wx + prev_h @ Wh + b)", "x @ Wx + prev_h @ Wh + b", "next_h: tanh is missing"),
        ("np.tanh(", "sigmoid(", "the sigmoid is applied where tanh belongs"),
        ("np.tanh(", "np.maximum(0, ", "ReLU is applied where tanh belongs"),
        ("np.tanh(x @ Wx + prev_h @ Wh + b)", "np.tanh(np.tanh(x @ Wx + prev_h @ Wh + b))", "applied twice"),
        (" + b)", ")", "next_h: the bias b is missing"),
        (" + b)", " + 2 * b)", "the bias b is added twice"),
        (" + prev_h @ Wh", "", "the part of prev_h is missing"),
        ("x @ Wx + ", "", "the part of x is missing"),
        ("prev_h @ Wh", "prev_h @ Wh.T", "Wh is used as its transpose"),
        ("prev_h @ Wh", "np.ones_like(prev_h) @ Wh", "prev_h has no effect on it: is it used?"),
        ("return next_h,", "return next_h.T,", "expected shape (3, 4), got (4, 3): is it transposed?"),
        ("return next_h,", "return None,", "got None: is it computed and returned?"),
        ("return next_h,", "return list(next_h),", "the values are right, but in a list of 3"),
        ("np.tanh(x", "np.tanh(x.astype(np.float16)", "is something computed in float16"),
        ("next_h = np", "x = x - x.mean(0) + x.mean(0) * (len(x) > 1)\n    next_h = np", "next_h, N = 1: wrong values"),
    ],
    "rnn_step_backward": [
        (" * (1 - next_h**2)", "", "dx, dprev_h, dWx, dWh, db: the derivative of tanh is missing"),
        ("1 - next_h**2", "1 - np.tanh(next_h) ** 2", "the derivative of tanh is taken at next_h"),
        ("1 - next_h**2", "1 - np.arctanh(next_h) ** 2", "formed from the values before tanh"),
        ("1 - next_h**2", "1 - prev_h**2", "formed from prev_h: it belongs to next_h"),
        ("1 - next_h**2", "1 - next_h", "the square in the derivative of tanh is missing"),
        ("1 - next_h**2", "1 + next_h**2", "the derivative of tanh has a wrong sign in it"),
        ("(1 - next_h**2)", "next_h * (1 - next_h)", "this is the derivative of the sigmoid"),
        ("dnext_h *", "-dnext_h *", "dx, dprev_h, dWx, dWh, db: the sign is flipped"),
        ("da @ Wh.T", "da @ Wh", "dprev_h: it goes back through Wh: the transpose of Wh belongs there"),
        ("x.T @ da,", "da.T @ x,", "dWx: expected shape (5, 4), got (4, 5): is it transposed?"),
        ("prev_h.T @ da", "da.T @ prev_h", "dWh: is it transposed? Its transpose is right"),
        ("prev_h.T @ da", "next_h.T @ da", "dWh: it is formed with next_h: prev_h belongs there"),
        ("da.sum(axis=0)", "da", "db: expected shape (4,), got (3, 4): is the sum over the batch missing?"),
        ("da.sum(axis=0)", "da.mean(axis=0)", "db: divided by the batch size, 3"),
        ("da.sum(axis=0)", "da.sum(axis=1)", "db: expected shape (4,), got (3,): one value for each sample"),
        ("da.sum(axis=0)", "da.sum(axis=0, keepdims=True)", "axes of length 1 are too many or missing"),
        ("da @ Wx.T, da @ Wh.T,", "da @ Wh.T, da @ Wx.T,", "dx: expected shape (3, 5), got (3, 4): it is dprev_h"),
        ("return da @ Wx.T,", "return", "expected 5 values (dx, dprev_h, dWx, dWh, db), got 4"),
    ],
    "rnn_forward": [
        ("state, Wx", "h0, Wx", "h: every step starts again from h0: hand the new state on to the next step"),
        ("= h0, []", "= 0 * h0, []", "h: the first step starts from zeros: it should start from h0"),
        ("in x:", "in x[::-1]:", "h: the sequence is run from its end to its beginning"),
        ("np.stack(states)", "np.stack(states[::-1])", "h: the time steps are in reverse order"),
        ("np.stack(states)", "state", "h: expected shape (4, 3, 2), got (3, 2): all 4 time steps belong in it"),
        ("np.stack(states)", "np.stack(states, axis=1)", "time comes first, then the batch"),
        ("np.stack(states)", "np.stack([h0, *states])", "is the initial state among the steps?"),
        ("np.stack(states)", "np.stack([h0, *states[:-1]])", "one step late"),
        ("np.stack(states)", "np.stack([h0, *states[1:]])", "right but for step 0"),
        ("np.stack(states)", "np.stack([state] * len(x))", "every step holds the values of the last step"),
        ("np.stack(states)", "states", "the values are right, but in a list of 4: make an array of it"),
    ],
    "rnn_backward": [
        ("dh[t] + dprev_h", "dh[t]", "dx, dh0, dWx, dWh, db: dprev_h is not carried back"),
        ("dh[t] + dprev_h", "(t == 3) * dh[t] + dprev_h", "dx, dh0, dWx, dWh, db: only dh of the last step is used"),
        ("+= d", "= d", "dWx, dWh, db: only the contribution of step 0: add up those of all steps"),
        ("db += db_t", "db += (t == 3) * db_t", "db: only the contribution of the last step"),
        ("dWh += dWh_t", "dWh += (t > 0) * dWh_t", "dWh: the contribution of step 0 is missing"),
        ("dWx += dWx_t", "dWx += (t < 3) * dWx_t", "dWx: the contribution of the last step is missing"),
        ("db += db_t", "db += db_t / len(dh)", "db: divided by the number of time steps, 4"),
        ("_h, caches[t])", "_h, caches[-1])", "dx, dh0, dWx, dWh, db: every step uses the cache of the last step"),
        ("_h, caches[t])", "_h, caches[3 - t])", "the caches are used in reverse order"),
        ("in reversed(range(len(dh)))", "in range(len(dh))", "the steps are gone through from first to last"),
        ("return dx, dprev_h", "return dx, dh[0]", "dh0: it is dh[0]: the gradient that step 0 hands back"),
        ("return dx, dprev_h", "return dx, 0 * dprev_h", "dh0: all zeros: is it computed, or only allocated?"),
        ("return dx,", "return dx[::-1],", "dx: the time steps are in reverse order"),
        ("dx[t]", "dx[0]", "dx: right up to step 0, wrong from step 1 on (zeros there)"),
    ],
    "lstm_step_forward": [
        ("np.tanh(ac)", "sigmoid(ac)", "next_h, next_c: the candidate goes through the sigmoid"),
        ("np.tanh(ac)", "ac", "the candidate goes through no nonlinearity"),
        ("sigmoid(", "np.tanh(", "the forget, input and output gates go through tanh"),
        ("sigmoid(", "(", "the forget, input and output gates go through no nonlinearity"),
        ("sigmoid(ao)", "np.tanh(ao)", "next_h: the output gate goes through tanh: the sigmoid belongs"),
        ("o * np.tanh(next_c)", "o * next_c", "next_h: next_c goes into it without tanh"),
        ("o * np.tanh(next_c)", "o * sigmoid(next_c)", "next_h: next_c goes into it through the sigmoid"),
        ("o * np.tanh(next_c)", "o * np.tanh(prev_c)", "it is formed with prev_c: next_c belongs there"),
        ("o * np.tanh(next_c)", "np.tanh(next_c)", "next_h: the output gate is not applied"),
        ("f * prev_c", "prev_c", "the forget gate is not applied to prev_c"),
        ("i * c\n", "c\n", "the input gate is not applied to the candidate"),
        ("f * prev_c + ", "", "prev_c has no effect on it: is it used?"),
        (" + b", "", "the bias b is missing"),
        ("return next_h, next_c,", "return next_c, next_h,", "next_h: it is next_c: are the results returned in"),
        ("np.split(a, 4, axis=1)", "(a[:, k::4] for k in range(4))", "the gates are read element by element"),
    ],
    "lstm_step_backward": [
        ("dnext_c + dnext_h", "dnext_h", "dx, dprev_h, dprev_c, dWx, dWh, db: dnext_c is not used"),
        (f"dnext_c + dnext_h * o * {LAST}", "dnext_c", "dnext_h does not reach next_c"),
        (f" * {LAST}", "", "on the way from next_h to next_c the derivative of tanh is missing"),
        (LAST, "(1 - next_c**2)", "1 - next_c^2 stands where 1 - tanh(next_c)^2 belongs"),
        (LAST, "(1 - o**2)", "1 - o^2 stands where 1 - tanh(next_c)^2 belongs"),
        ("dnext_h * o *", "dnext_h *", "on the way from next_h to next_c the output gate is missing"),
        ("np.concatenate([daf", "np.concatenate([daf * 0", "dWx, dWh, db: right but for gate f (zeros there)"),
        (" * f * (1 - f)", "", "db: right but for gate f: the derivative of the nonlinearity is missing"),
        ("1 - c**2", "c - c**2", "db: right but for gate c: the derivatives of sigmoid and tanh are exchanged"),
        ("dnext_h * np.tanh(next_c)", "dnext_h", "db: right but for gate o: tanh(next_c) is missing"),
        ("dc * c * i", "dc * i", "db: right but for gate i: the candidate is missing"),
        ("dc * prev_c", "dc * next_c", "db: right but for gate f: next_c stands where prev_c belongs"),
        ("dc * f,", "dc,", "dprev_c: the forget gate is missing"),
        ("[daf, dai, dac, dao]", "[dai, daf, dao, dac]", "the gates lie in the order i, f, o, c; expected f, i, c, o"),
        ("da.sum(axis=0)", "da", "db: expected shape (8,), got (3, 8): is the sum over the batch missing?"),
        ("da @ Wh.T, dc * f,", "dc * f, da @ Wh.T,", "dprev_h: it is dprev_c: are the results returned in"),
    ],
    "lstm_forward": [
        ("state, cell, Wx", "state, 0 * h0, Wx", "h: the cell state starts again from zero at every step"),
        ("np.zeros_like(h0), []", "h0, []", "h: the cell state starts from h0: it should start from zeros"),
        ("x_t, state, cell", "x_t, h0, cell", "h: every step starts again from h0"),
    ],
    "lstm_backward": [
        ("dh[t] + dprev_h", "dh[t]", "dx, dh0, dWx, dWh, db: dprev_h is not carried back"),
        ("_h, dprev_c, caches", "_h, 0, caches", "dx, dh0, dWx, dWh, db: dprev_c is not carried back"),
        ("dh[t] + dprev_h, dprev_c,", "dh[t], 0,", "db: neither dprev_h nor dprev_c is carried back"),
        ("+= d", "= d", "dWx, dWh, db: only the contribution of step 0"),
        ("_c, caches[t])", "_c, caches[-1])", "dx: wrong up to step 2, right from step 3 on"),
    ],
}


@pytest.mark.parametrize(("name", "old", "new", "text"), rows(WRONG))
def test_typical_mistakes_are_named(name, old, new, text):
    message = message_of(name, changed(name, (old, new)))
    assert message.startswith(name)
    assert text in message


@pytest.mark.parametrize("order", ["ifco", "ifoc", "fioc", "ocif"])
@pytest.mark.parametrize("name", ["lstm_step_forward", "lstm_forward"])
def test_gates_read_in_another_order(name, order):
    names = ", ".join(f"a{gate}" for gate in order)
    solutions = changed("lstm_step_forward", ("af, ai, ac, ao =", f"{names} ="))
    text = f"the gates are read in the order {', '.join(order)}; expected f, i, c, o (forget, input, candidate, output)"
    assert text in message_of(name, solutions)


FOOLS = [None, 0, "right", [], (), np.zeros(3), True, {"next_h": 1}, object()]


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("value", FOOLS, ids=lambda value: type(value).__name__)
def test_nothing_passes_by_returning_nothing(name, value):
    forward = name.replace("backward", "forward")
    honest = getattr(cell_solutions, forward)
    fool = lambda *args: value  # noqa: E731
    functions = [fool] if name == forward else [fool, honest]
    with pytest.raises(CheckError, match=rf"{name}: expected \d values"):
        getattr(utils.checks, f"check_{name}")(*functions)


class Equal:
    """Equal to everything, and an array of ones to whoever asks."""

    def __eq__(self, other):
        return True

    __hash__ = None

    def __array__(self, dtype=None, copy=None):
        return np.ones((3, 4))


@pytest.mark.parametrize("value", [*FOOLS, Equal(), np.full((3, 4), np.nan)], ids=lambda value: type(value).__name__)
def test_nothing_passes_by_values_that_are_no_arrays(value):
    with pytest.raises(CheckError, match="next_h: "):
        utils.checks.check_rnn_step_forward(lambda *args: (value, None))
    with pytest.raises(CheckError, match="dprev_h"):
        utils.checks.check_rnn_step_backward(lambda *args: (value,) * 5, cell_solutions.rnn_step_forward)


def test_a_forward_function_that_is_constant_does_not_make_gradients_of_zero_right():
    zeros = [np.zeros_like(value) for value in case("rnn_step").args.values()]
    with pytest.raises(CheckError, match="rnn_step_forward: is not right yet, see its own check"):
        utils.checks.check_rnn_step_backward(lambda *args: zeros, lambda *args: (np.zeros((3, 4)), None))
    zeros = [np.zeros_like(value) for value in case("lstm_step").args.values()]
    with pytest.raises(CheckError, match="lstm_step_forward: is not right yet, see its own check"):
        utils.checks.check_lstm_step_backward(lambda *args: zeros, lambda *args: (*np.zeros((2, 3, 2)), None))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda h: h.T, r"before rnn_step_forward is right. next_h: expected shape \(3, 4\), got \(4, 3\)"),
        (lambda h: h * np.nan, "before rnn_step_forward is right. next_h: all values are nan"),
        (lambda h: None, "before rnn_step_forward is right. next_h: expected an array"),
        (lambda h: h.astype(object) * 2, "next_h: expected an array"),
        (lambda h: h.astype(np.float32), "gives float32 for float64 arguments, too coarse for numerical gradients"),
    ],
)
def test_a_forward_function_that_gives_no_gradients(change, text):
    def forward(*args):
        next_h, cache = cell_solutions.rnn_step_forward(*args)
        return change(next_h), cache

    with pytest.raises(CheckError, match=text):
        utils.checks.check_rnn_step_backward(cell_solutions.rnn_step_backward, forward)


@pytest.mark.parametrize("cell", ["rnn_step", "lstm"])
def test_what_is_kept_outside_of_the_cache(cell):
    kept = []

    def forward(*args):
        *results, cache = getattr(cell_solutions, f"{cell}_forward")(*args)
        kept[:] = [cache]
        return (*results, None)

    def backward(*args):
        return getattr(cell_solutions, f"{cell}_backward")(*args[:-1], kept[0])

    with pytest.raises(CheckError, match="db: right straight after its own forward call, but not after another one"):
        getattr(utils.checks, f"check_{cell}_backward")(backward, forward)


def test_not_implemented_yet():
    def rnn_step_forward(x, prev_h, Wx, Wh, b):
        raise NotImplementedError()

    def rnn_forward(x, h0, Wx, Wh, b):
        return rnn_step_forward(x[0], h0, Wx, Wh, b)

    with pytest.raises(CheckError, match=r"^rnn_step_forward is not implemented yet$") as error:
        utils.checks.check_rnn_step_forward(rnn_step_forward)
    assert isinstance(error.value.__cause__, NotImplementedError)
    with pytest.raises(CheckError, match=r"^rnn_forward needs rnn_step_forward, which is not implemented yet$"):
        utils.checks.check_rnn_forward(rnn_forward)
    with pytest.raises(CheckError, match=r"^rnn_step_forward is not implemented yet$"):
        utils.checks.check_rnn_step_backward(cell_solutions.rnn_step_backward, rnn_step_forward)


class UnprintableError(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda *args: 1 / 0, "^rnn_step_forward raised ZeroDivisionError: division by zero\n  It was called with x "),
        (lambda x: x, "rnn_step_forward raised TypeError: .*takes 1 positional argument but 5 were given"),
        (lambda x, h, Wx, Wh, b: h @ Wx, r"raised ValueError: matmul.*\n.*x \(3, 5\), prev_h \(3, 4\), Wx \(5, 4\)"),
        (lambda *args: (_ for _ in ()).throw(UnprintableError()), "rnn_step_forward raised UnprintableError\n"),
        (None, "rnn_step_forward: expected a function, got None: run the cell that defines it"),
        (3, "rnn_step_forward: expected a function, got an int"),
    ],
)
def test_functions_that_raise(function, text):
    with pytest.raises(CheckError, match=text) as error:
        utils.checks.check_rnn_step_forward(function)
    assert callable(function) == (error.value.__cause__ is not None)


def test_prints_and_warnings_of_the_student_are_seen_once_and_not_hundreds_of_times(capsys):
    solutions = changed("rnn_step_forward", ("return", "print('here')\n    return"))
    check("rnn_step_backward", solutions)
    assert capsys.readouterr().out.count("here") == 1


def test_functions_get_copies():
    """A function that destroys its arguments and keeps them disturbs neither the check nor the next one."""
    kept = []

    def forward(*args):
        result = cell_solutions.lstm_step_forward(*(np.array(value) for value in args))
        for value in args:
            value[:] = np.nan
            kept.append(value)
        return result

    utils.checks.check_lstm_step_forward(forward)
    utils.checks.check_lstm_step_backward(cell_solutions.lstm_step_backward, forward)
    assert not np.isnan(case("lstm_step").args["x"]).any()

"""The visible checks of the LSTM notebook."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from utils.checks.backward import (
    Output,
    Wrongs,
    check_backward,
    contributions,
    gradients,
    sequence_wrongs,
    with_states_as_inputs,
)
from utils.checks.cases import Arrays, Case, case
from utils.checks.forward import Mistakes, Run, check_forward
from utils.gradcheck import numerical_gradient


def check_lstm_step_forward(lstm_step_forward: Any) -> None:
    """Check ``lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b) -> next_h, next_c, cache``.

    Raises
    ------
    CheckError
        If a value is wrong; the text says in what way.
    """
    check_forward("lstm_step_forward", lstm_step_forward, case("lstm_step"), _output_mistakes)


def check_lstm_step_backward(lstm_step_backward: Any, lstm_step_forward: Any) -> None:
    """Check ``lstm_step_backward(dnext_h, dnext_c, cache) -> dx, dprev_h, dprev_c, dWx, dWh, db``.

    The gradients are compared with numerical ones of your own forward step.

    Raises
    ------
    CheckError
        If a value is wrong; the text says in what way.
    """
    names = ("lstm_step_backward", "lstm_step_forward")
    check_backward(names, (lstm_step_backward, lstm_step_forward), case("lstm_step"), _step_wrongs)


def check_lstm_forward(lstm_forward: Any) -> None:
    """Check ``lstm_forward(x, h0, Wx, Wh, b) -> h, cache``.

    Raises
    ------
    CheckError
        If a value is wrong; the text says in what way.
    """
    check_forward("lstm_forward", lstm_forward, case("lstm"), lambda run, got: {})


def check_lstm_backward(lstm_backward: Any, lstm_forward: Any) -> None:
    """Check ``lstm_backward(dh, cache) -> dx, dh0, dWx, dWh, db`` against your own forward function.

    Raises
    ------
    CheckError
        If a value is wrong; the text says in what way.
    """
    names = ("lstm_backward", "lstm_forward")
    check_backward(names, (lstm_backward, lstm_forward), case("lstm"), _sequence_wrongs)


def _output_mistakes(run: Run, got: Arrays) -> Mistakes:
    """The right next_h with something else in place of tanh(next_c)."""
    given = case("lstm_step")
    h, c = given.expected["next_h"], given.expected["next_c"]
    gate = h / np.tanh(c)
    return {
        "next_c goes into it without tanh": {"next_h": gate * c}.get,
        "next_c goes into it through the sigmoid: tanh belongs there": {"next_h": gate / (1 + np.exp(-c))}.get,
        "it is formed with prev_c: next_c belongs there": {"next_h": gate * np.tanh(given.args["prev_c"])}.get,
        "the output gate is not applied": {"next_h": np.tanh(c)}.get,
    }


def _step_wrongs(output: Output, given: Case, upstream: np.ndarray) -> Wrongs:
    """Mistakes between next_h and next_c, then in single gates.

    The output gate is next_h / tanh(next_c). Where a mistake leaves out or changes a factor, the numerical gradient is
    taken of a function in which that factor is a constant, or another one.
    """
    h, c = output(given.args)
    o = h / np.tanh(c)

    def where_h_is(part: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[[], Arrays]:
        """The gradients if next_h were part(o, c), as functions of the arguments."""

        def changed(args: Mapping[str, np.ndarray]) -> np.ndarray:
            new_h, new_c = output(args)
            return np.stack([part(new_h / np.tanh(new_c), new_c), new_c])

        return functools.cache(lambda: gradients(changed, given.args, upstream))

    def through_c(derivative: np.ndarray | float) -> Callable[[], Arrays]:
        """As if tanh(next_c) had this derivative."""
        return where_h_is(lambda new_o, new_c: new_o * np.tanh(c) + o * derivative * new_c)

    without_c, without_h = upstream.copy(), upstream.copy()
    without_c[1], without_h[0] = 0, 0
    return {
        "dnext_h does not reach next_c: the way through tanh(next_c) is missing": through_c(0.0),
        "dnext_c is not used": functools.cache(lambda: gradients(output, given.args, without_c)),
        "dnext_h is not used": functools.cache(lambda: gradients(output, given.args, without_h)),
        "dnext_h does not reach the output gate": where_h_is(lambda new_o, new_c: o * np.tanh(new_c)),
        "on the way from next_h to next_c the derivative of tanh is missing": through_c(1.0),
        "on the way from next_h to next_c, 1 - next_c^2 stands where 1 - tanh(next_c)^2 belongs": through_c(1 - c**2),
        "on the way from next_h to next_c, 1 - o^2 stands where 1 - tanh(next_c)^2 belongs": through_c(1 - o**2),
        "on the way from next_h to next_c, 1 - next_h^2 stands where 1 - tanh(next_c)^2 belongs": through_c(1 - h**2),
        "on the way from next_h to next_c the output gate is missing": through_c((1 - np.tanh(c) ** 2) / o),
        **_gate_wrongs(output, given, upstream),
    }


def _gate_wrongs(output: Output, given: Case, upstream: np.ndarray) -> Wrongs:
    """What db is if a factor of a gate's gradient is missing or wrong, and dprev_c without the forget gate."""
    measured = functools.cache(lambda: _measured_gates(output, given, upstream))

    def changed(letters: str, factor: Callable[[str, Arrays], np.ndarray]) -> Callable[[], Arrays]:
        def compute() -> Arrays:
            values, slopes = measured()
            factors = {gate: factor(gate, values) if gate in letters else 1.0 for gate in given.gates or ""}
            return {"db": np.concatenate([slopes[gate] * factors[gate] for gate in factors], axis=1).sum(axis=0)}

        return compute

    def changed_by(letter: str, factor: Callable[[Arrays], np.ndarray]) -> Callable[[], Arrays]:
        return changed(letter, lambda gate, values: factor(values))

    def own(gate: str, values: Arrays) -> np.ndarray:
        return 1 - values[gate] ** 2 if gate == "c" else values[gate] * (1 - values[gate])

    def other(gate: str, values: Arrays) -> np.ndarray:
        return values[gate] * (1 - values[gate]) if gate == "c" else 1 - values[gate] ** 2

    wrongs: dict[str, Callable[[], Arrays]] = {}
    for letters in ("f", "i", "c", "o", "fio", "fico"):
        gates = f"right but for gate{'s' if len(letters) > 1 else ''} {', '.join(letters)}"
        gates = "wrong in all gates" if letters == given.gates else gates
        missing = f"{gates}: the derivative of the nonlinearity is missing"
        exchanged = f"{gates}: the derivatives of sigmoid and tanh are exchanged"
        wrongs[missing] = changed(letters, lambda gate, values: 1 / own(gate, values))
        wrongs[exchanged] = changed(letters, lambda gate, values: other(gate, values) / own(gate, values))
    factors: dict[tuple[str, str], Callable[[Arrays], np.ndarray]] = {
        ("f", "prev_c is missing"): lambda values: 1 / given.args["prev_c"],
        ("f", "next_c stands where prev_c belongs"): lambda values: values["next_c"] / given.args["prev_c"],
        ("i", "the candidate is missing"): lambda values: 1 / values["c"],
        ("c", "the input gate is missing"): lambda values: 1 / values["i"],
        ("o", "tanh(next_c) is missing"): lambda values: 1 / np.tanh(values["next_c"]),
        ("o", "next_c stands where tanh(next_c) belongs"): lambda values: values["next_c"] / np.tanh(values["next_c"]),
    }
    for (letter, words), factor in factors.items():
        wrongs[f"right but for gate {letter}: {words}"] = changed_by(letter, factor)
    wrongs["the forget gate is missing"] = lambda: {
        "dprev_c": gradients(output, given.args, upstream, "prev_c")["dprev_c"] / measured()[0]["f"]
    }
    return wrongs


def _measured_gates(output: Output, given: Case, upstream: np.ndarray) -> tuple[Arrays, Arrays]:
    """The values of the four gates and of next_c, and the gradients before the gates' nonlinearities, each (N, H).

    All by trying out: f is what prev_c is multiplied with; with the candidate driven to 1 and prev_c = 0, next_c is i.
    The gradients are those of weights of zero, on one additional input for each sample.
    """
    args, (batch, hidden) = given.args, given.args["prev_c"].shape
    zero, one = np.zeros((batch, hidden)), np.ones((batch, hidden))
    _, c_without = output({**args, "prev_c": zero})
    _, c_with = output({**args, "prev_c": one})
    driven = args["b"].copy()
    driven[2 * hidden : 3 * hidden] += 1e3
    _, i = output({**args, "prev_c": zero, "b": driven})
    h, c = output(args)
    x = np.concatenate([args["x"], np.eye(batch)], axis=1)

    def widened(rows: np.ndarray) -> np.ndarray:
        return output({**args, "x": x, "Wx": np.concatenate([args["Wx"], rows])})

    slopes = np.split(numerical_gradient(widened, np.zeros((batch, 4 * hidden)), upstream), 4, axis=1)
    values = {"f": c_with - c_without, "i": i, "c": c_without / i, "o": h / np.tanh(c), "next_c": c}
    return values, dict(zip("fico", slopes, strict=True))


def _sequence_wrongs(output: Output, given: Case, dh: np.ndarray) -> Wrongs:
    def carried(through_h: bool) -> Callable[[], Arrays]:
        return functools.cache(lambda: _cell_not_carried(output, given.args, dh, through_h))

    return {
        **sequence_wrongs(output, given, dh),
        "dprev_c is not carried back: hand it to the step before as dnext_c": carried(through_h=True),
        "neither dprev_h nor dprev_c is carried back from step to step": carried(through_h=False),
    }


def _cell_not_carried(output: Output, args: Arrays, dh: np.ndarray, through_h: bool) -> Arrays:
    """The gradients without the way through c_{t-1}, and without that through h_{t-1} if so wished.

    A step is measured as the last one of a sequence that ends with it, where nothing comes back through c; its
    previous state is a part of the input, whose gradient is then added, or not, to dh of the step before.
    """
    inputs = args["x"].shape[2]
    forced = with_states_as_inputs(output, args)
    dx, carry = np.zeros_like(args["x"]), np.zeros_like(args["h0"])
    sums: Arrays = {"dWx": np.zeros(()), "dWh": np.zeros(()), "db": np.zeros(())}
    for step in reversed(range(len(dh))):
        until = {**forced, "x": forced["x"][: step + 1]}
        upstream = np.zeros((step + 1, *dh.shape[1:]))
        upstream[-1] = dh[step] + carry * through_h

        def last(inputs_now: np.ndarray, until: Arrays = until) -> np.ndarray:
            return output({**until, "x": np.concatenate([until["x"][:-1], inputs_now[None]])})

        back = numerical_gradient(last, until["x"][-1].copy(), upstream)
        dx[step], carry = back[:, :inputs], back[:, inputs:]
        added = contributions(output, until, upstream, at=[step])
        sums["dWx"] = sums["dWx"] + added["dWx"][0, :inputs]
        sums["dWh"] = sums["dWh"] + added["dWx"][0, inputs:]
        sums["db"] = sums["db"] + added["db"][0]
    return {"dx": dx, "dh0": carry, **sums}

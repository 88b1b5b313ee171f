"""The visible checks of the RNN notebook."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from utils.checks.backward import Output, Wrongs, check_backward, gradients, sequence_wrongs
from utils.checks.cases import Arrays, Case, case
from utils.checks.forward import Mistakes, Run, check_forward


def check_rnn_step_forward(rnn_step_forward: Any) -> None:
    """Check ``rnn_step_forward(x, prev_h, Wx, Wh, b) -> next_h, cache``.

    Raises
    ------
    CheckError
        If a value is wrong; the text says in what way.
    """
    check_forward("rnn_step_forward", rnn_step_forward, case("rnn_step"), _other_nonlinearities)


def check_rnn_step_backward(rnn_step_backward: Any, rnn_step_forward: Any) -> None:
    """Check ``rnn_step_backward(dnext_h, cache) -> dx, dprev_h, dWx, dWh, db`` against your own forward step.

    Raises
    ------
    CheckError
        If a value is wrong; the text says in what way.
    """
    names = ("rnn_step_backward", "rnn_step_forward")
    check_backward(names, (rnn_step_backward, rnn_step_forward), case("rnn_step"), _step_wrongs)


def check_rnn_forward(rnn_forward: Any) -> None:
    """Check ``rnn_forward(x, h0, Wx, Wh, b) -> h, cache``.

    Raises
    ------
    CheckError
        If a value is wrong; the text says in what way.
    """
    check_forward("rnn_forward", rnn_forward, case("rnn"), lambda run, got: {})


def check_rnn_backward(rnn_backward: Any, rnn_forward: Any) -> None:
    """Check ``rnn_backward(dh, cache) -> dx, dh0, dWx, dWh, db`` against your own forward function.

    Raises
    ------
    CheckError
        If a value is wrong; the text says in what way.
    """
    names = ("rnn_backward", "rnn_forward")
    check_backward(names, (rnn_backward, rnn_forward), case("rnn"), _sequence_wrongs)


def _other_nonlinearities(run: Run, got: Arrays) -> Mistakes:
    """The right values without their tanh, or with something else in its place."""

    def instead(function: Callable[[np.ndarray], np.ndarray]) -> Callable[[str], np.ndarray]:
        return lambda name: function(np.arctanh(case("rnn_step").expected[name]))

    return {
        "tanh is missing": instead(lambda a: a),
        "the sigmoid is applied where tanh belongs": instead(lambda a: 1 / (1 + np.exp(-a))),
        "ReLU is applied where tanh belongs": instead(lambda a: np.maximum(a, 0)),
        "tanh is applied twice": instead(lambda a: np.tanh(np.tanh(a))),
    }


def _step_wrongs(output: Output, given: Case, dnext_h: np.ndarray) -> Wrongs:
    """Mistakes in the derivative of tanh, by gradients of the forward step with its tanh undone."""
    args = given.args
    h = output(args)

    def linear(changed: Mapping[str, np.ndarray]) -> np.ndarray:
        return np.arctanh(output(changed))

    def instead(derivative: np.ndarray | float) -> Callable[[], Arrays]:
        return functools.cache(lambda: gradients(linear, args, dnext_h * derivative))

    def elsewhere(name: str, **changes: np.ndarray) -> Callable[[], Arrays]:
        """One gradient, taken with other arguments but the derivative of tanh at the right place."""
        return lambda: gradients(linear, {**args, **changes}, dnext_h * (1 - h**2), name)

    return {
        "the derivative of tanh is missing": instead(1.0),
        "the derivative of tanh is taken at next_h, behind tanh: tanh is applied twice": instead(1 - np.tanh(h) ** 2),
        "the derivative of tanh is formed from the values before tanh; it is 1 - tanh(a)^2": lambda: gradients(
            linear, args, dnext_h * (1 - linear(args) ** 2)
        ),
        "the derivative of tanh is formed from prev_h: it belongs to next_h": instead(1 - args["prev_h"] ** 2),
        "the square in the derivative of tanh is missing": instead(1 - h),
        "the derivative of tanh has a wrong sign in it": instead(1 + h**2),
        "the derivative of tanh has its sign flipped and lacks the 1": instead(-(h**2)),
        "this is the derivative of the sigmoid, not of tanh": instead(h * (1 - h)),
        "it goes back through Wh: the transpose of Wh belongs there": elsewhere("prev_h", Wh=args["Wh"].T),
        "it is formed with next_h: prev_h belongs there": elsewhere("Wh", prev_h=h),
    }


def _sequence_wrongs(output: Output, given: Case, dh: np.ndarray) -> Wrongs:
    """Mistakes in the way through time; those in the order of the steps by measuring single steps."""
    steps = range(len(dh))

    def in_order(order: Sequence[int], caches: Sequence[int]) -> Callable[[], Arrays]:
        return functools.cache(lambda: _step_by_step(output, given.args, dh, order, caches))

    return {
        **sequence_wrongs(output, given, dh),
        "the steps are gone through from first to last: gradients go from last to first": in_order(steps, steps),
        "every step uses the cache of the last step": in_order(steps[::-1], [steps[-1]] * len(dh)),
        "every step uses the cache of step 0": in_order(steps[::-1], [0] * len(dh)),
        "the caches are used in reverse order: step t needs its own": in_order(steps[::-1], steps[::-1]),
    }


def _step_by_step(output: Output, args: Arrays, dh: np.ndarray, order: Sequence[int], caches: Sequence[int]) -> Arrays:
    """Gradients of single steps in this order, step t taken where step caches[t] was, each handing on to the next."""
    before = np.concatenate([args["h0"][None], output(args)[:-1]])
    dx, carry = np.zeros_like(args["x"]), np.zeros_like(args["h0"])
    sums = {key: np.zeros_like(args[key[1:]]) for key in ("dWx", "dWh", "db")}
    for step in order:
        place = caches[step]
        single = {**args, "x": args["x"][place : place + 1], "h0": before[place]}
        numeric = gradients(output, single, (dh[step] + carry)[None])
        dx[step], carry = numeric["dx"][0], numeric["dh0"]
        sums = {key: value + numeric[key] for key, value in sums.items()}
    return {"dx": dx, "dh0": carry, **sums}

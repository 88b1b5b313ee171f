"""Checks a backward function against numerical gradients of the student's own forward function.

What a mistake would give is measured in the same way: on the forward function, with an input rearranged such that its
numerical gradient is the wrong one. So nothing here knows how a gradient is computed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from utils.checks.calling import call, changed_note, quietly
from utils.checks.cases import Arrays, Case
from utils.checks.forward import is_right, note_dtype, runner
from utils.checks.table import ATOL, RTOL, CheckError, Table
from utils.diagnosis import explain
from utils.gradcheck import numerical_gradient

Output = Callable[[Mapping[str, np.ndarray]], np.ndarray]
"""A forward function from its arguments by name to one array."""
Wrongs = Mapping[str, Callable[[], Arrays]]
"""From a mistake, in words, to the gradients that it gives by name; it may leave some out."""


def gradients(output: Output, args: Mapping[str, np.ndarray], upstream: np.ndarray, *names: str) -> Arrays:
    """The numerical gradients with respect to the arguments called `names` (all, if none), as ``dx``, ``dWx``, ..."""

    def with_respect_to(name: str) -> np.ndarray:
        return numerical_gradient(lambda value: output({**args, name: value}), np.array(args[name]), upstream)

    return {f"d{name}": with_respect_to(name) for name in names or args}


def stacked(run: Callable[[Mapping[str, np.ndarray]], Arrays], names: Sequence[str]) -> Output:
    """The results of these names as one array, along a new first axis."""

    def output(args: Mapping[str, np.ndarray]) -> np.ndarray:
        results = run(args)
        return np.stack([results[name] for name in names]) if len(names) > 1 else results[names[0]]

    return output


def check_backward(
    names: tuple[str, str],
    functions: tuple[Any, Any],
    case: Case,
    wrongs: Callable[[Output, Case, np.ndarray], Wrongs],
) -> None:
    """Compare all gradients with numerical ones.

    Parameters
    ----------
    names : tuple of str
        What the backward and the forward function are called.
    functions : tuple of callable
        The student's backward and forward function.
    case : Case
    wrongs : callable
        Gives the mistakes to look for, from the forward function, the case and the stacked upstream gradients.
    """
    table = Table(names[0])
    results = tuple(case.expected)
    returns = tuple(f"d{key}" for key in case.args)
    straight = _straight(names, functions, case, returns)
    forward = call(names[1], functions[1], case.args, (*results, "cache"))
    _check_forward_shapes(names, forward.values, case)
    # Another call in between: what a backward function needs belongs into the cache of its own forward call.
    with quietly():
        other = {key: value[..., ::-1] for key, value in case.args.items()}
        call(names[1], functions[1], other, (*results, "cache"))
    answer = call(names[0], functions[0], {**case.upstream, "cache": forward["cache"]}, returns)

    output = stacked(runner(functions[1], results), results)
    upstream = np.stack(list(case.upstream.values())) if len(results) > 1 else next(iter(case.upstream.values()))
    expected = gradients(output, case.args, upstream)
    with np.errstate(all="ignore"):  # what a wrong forward function returns may be divided by zero here
        mistakes = wrongs(output, case, upstream)
    exchanged = {f"it is {key}: are the results returned in the right order?": expected[key] for key in returns}
    for key in returns:
        gates = case.gates if key in ("dWx", "dWh", "db") else None
        alternatives = {_KEPT: _if_right(straight, key, expected[key], answer[key]), **exchanged, **_of(key, mistakes)}
        table.compare(key, answer[key], expected[key], gates=gates, alternatives=alternatives, **case.context)
    if remark := changed_note(answer):
        table.note("arguments", remark)
    for key in returns:
        note_dtype(table, key, answer[key])
    if not is_right(forward.values, case):
        table.fault(names[1], "is not right yet, see its own check; the gradients above are compared with its own")
    table.finish()


_KEPT = (
    "right straight after its own forward call, but not after another one: "
    "keep what is needed in the cache, and nowhere else"
)


def _straight(names: tuple[str, str], functions: tuple[Any, Any], case: Case, returns: tuple[str, ...]) -> Any:
    """The gradients straight after the forward call, to tell whether something is kept outside of the cache."""

    def compute() -> Mapping[str, Any]:
        with quietly():
            forward = call(names[1], functions[1], case.args, (*case.expected, "cache"))
            return call(names[0], functions[0], {**case.upstream, "cache": forward["cache"]}, returns).values

    return functools.cache(compute)


def _if_right(straight: Callable[[], Mapping[str, Any]], key: str, expected: np.ndarray, got: Any) -> Any:
    return lambda: got if explain(key, straight()[key], expected, rtol=RTOL, atol=ATOL) is None else None


def _of(key: str, mistakes: Wrongs) -> dict[str, Callable[[], np.ndarray | None]]:
    """The mistakes as `explain` takes them, for one gradient; each is computed once for all gradients."""

    def bind(compute: Callable[[], Arrays]) -> Callable[[], np.ndarray | None]:
        return lambda: compute().get(key)

    return {message: bind(compute) for message, compute in mistakes.items()}


def _check_forward_shapes(names: tuple[str, str], values: Mapping[str, Any], case: Case) -> None:
    """Without a forward function that gives arrays of float64 there is nothing to compare gradients with."""
    for key, right in case.expected.items():
        value = values[key]
        fault = explain(key, value, right, rtol=RTOL, atol=ATOL, **case.context)
        if fault is not None and not _numbers(value, right.shape):
            raise CheckError(f"{names[0]} cannot be checked before {names[1]} is right. {fault}")
        if isinstance(value, np.ndarray) and value.dtype != np.float64:
            raise CheckError(
                f"{names[0]} cannot be checked: {names[1]} gives {value.dtype} for float64 arguments, too coarse for "
                "numerical gradients. Keep the dtype of the arguments"
            )


def _numbers(value: Any, shape: tuple[int, ...]) -> bool:
    try:
        array = np.asarray(value)
    except ValueError:
        return False
    return array.shape == shape and array.dtype.kind in "fiub" and bool(np.isfinite(array).all())


# What only sequences get wrong


def sequence_wrongs(output: Output, case: Case, dh: np.ndarray) -> dict[str, Callable[[], Arrays]]:
    """Mistakes in the way through time, for the RNN and the LSTM alike."""
    args = case.args
    last_only = np.zeros_like(dh)
    last_only[-1] = dh[-1]
    apart = functools.cache(lambda: contributions(output, args, dh))

    def combined(combine: Callable[[np.ndarray], np.ndarray]) -> Callable[[], Arrays]:
        return lambda: {key: combine(value) for key, value in apart().items()}

    return {
        "only dh of the last step is used: every step has an upstream gradient of its own": functools.cache(
            lambda: gradients(output, args, last_only)
        ),
        "dprev_h is not carried back: add it to dh of the step before": functools.cache(
            lambda: state_not_carried(output, args, dh)
        ),
        "only the contribution of step 0: add up those of all steps (+=)": combined(lambda steps: steps[0]),
        "only the contribution of the last step: add up those of all steps": combined(lambda steps: steps[-1]),
        "the contribution of step 0 is missing": combined(lambda steps: steps[1:].sum(axis=0)),
        "the contribution of the last step is missing": combined(lambda steps: steps[:-1].sum(axis=0)),
        "it is dh[0]: the gradient that step 0 hands back to h0 belongs here": lambda: {"dh0": dh[0]},
    }


def with_states_as_inputs(output: Output, args: Arrays) -> Arrays:
    """Arguments that give the same states, with each step's previous state handed in as a part of x.

    No gradient flows from step to step through h then.
    """
    before = np.concatenate([args["h0"][None], output(args)[:-1]])
    x = np.concatenate([args["x"], before], axis=2)
    return {**args, "x": x, "Wx": np.concatenate([args["Wx"], args["Wh"]]), "Wh": np.zeros_like(args["Wh"])}


def state_not_carried(output: Output, args: Arrays, dh: np.ndarray) -> Arrays:
    """The gradients without the way through h_{t-1}, by an input that holds the states."""
    numeric = gradients(output, with_states_as_inputs(output, args), dh, "x", "Wx", "b")
    inputs = args["x"].shape[2]
    return {
        "dx": numeric["dx"][:, :, :inputs],
        "dh0": numeric["dx"][0, :, inputs:],
        "dWx": numeric["dWx"][:inputs],
        "dWh": numeric["dWx"][inputs:],
        "db": numeric["db"],
    }


def contributions(output: Output, args: Arrays, dh: np.ndarray, at: Sequence[int] | None = None) -> Arrays:
    """What each step adds to the gradients of the weights, with a first axis of steps.

    Step t gets additional inputs that are zero at all other steps, with weights of zero: the gradient of these weights
    is the contribution of step t. As inputs serve x, the state before, and 1.
    """
    steps, batch, inputs = args["x"].shape
    at = range(steps) if at is None else at
    before = np.concatenate([args["h0"][None], output(args)[:-1]])
    extra = np.concatenate([args["x"], before, np.ones((steps, batch, 1))], axis=2)
    width = extra.shape[2]
    x = np.zeros((steps, batch, inputs + len(at) * width))
    x[:, :, :inputs] = args["x"]
    for place, step in enumerate(at):
        start = inputs + place * width
        x[step, :, start : start + width] = extra[step]

    def widened(rows: np.ndarray) -> np.ndarray:
        return output({**args, "x": x, "Wx": np.concatenate([args["Wx"], rows])})

    rows = numerical_gradient(widened, np.zeros((len(at) * width, args["Wx"].shape[1])), dh)
    rows = rows.reshape(len(at), width, -1)
    return {"dWx": rows[:, :inputs], "dWh": rows[:, inputs:-1], "db": rows[:, -1]}

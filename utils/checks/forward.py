"""Checks a forward function against stored numbers, and looks for the fault by feeding it other inputs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from utils.checks.calling import Answer, call, changed_note, quietly
from utils.checks.cases import Arrays, Case
from utils.checks.table import ATOL, RTOL, Table
from utils.diagnosis import explain

Run = Callable[[Mapping[str, np.ndarray]], Arrays]
"""The student's function from arguments to results by name, without the cache and without a sound."""
Mistakes = Mapping[str, Callable[[str], np.ndarray | None]]
"""From a mistake, in words, to what it would give for the result of a name; None if it is not that."""

MESSAGES = {
    "no_b": "the bias b is missing",
    "no_prev_h": "the part of prev_h is missing",
    "no_x": "the part of x is missing",
    "not_carried": "every step starts again from h0: hand the new state on to the next step",
    "c_not_carried": "the cell state starts again from zero at every step: hand it on to the next step",
    "h0_ignored": "the first step starts from zeros: it should start from h0",
    "c0_is_h0": "the cell state starts from h0: it should start from zeros",
    "sigmoid_candidate": "the candidate goes through the sigmoid: tanh belongs there",
    "linear_candidate": "the candidate goes through no nonlinearity: tanh belongs there",
    "tanh_forget": "the forget gate goes through tanh: the sigmoid belongs there",
    "tanh_input": "the input gate goes through tanh: the sigmoid belongs there",
    "tanh_output": "the output gate goes through tanh: the sigmoid belongs there",
    "tanh_gates": "the forget, input and output gates go through tanh: the sigmoid belongs there",
    "linear_gates": "the forget, input and output gates go through no nonlinearity: the sigmoid belongs there",
    "no_forget": "the forget gate is not applied to prev_c",
    "no_input": "the input gate is not applied to the candidate",
}
"""The mistakes whose numbers are stored."""


def runner(function: Any, names: tuple[str, ...]) -> Run:
    """The student's function for being tried out; what it raises passes through."""

    def run(args: Mapping[str, np.ndarray]) -> Arrays:
        with quietly():
            results = function(*(np.array(value) for value in args.values()))
        return {name: np.array(value) for name, value in zip(names, results, strict=False)}

    return run


def check_forward(name: str, function: Any, case: Case, more: Callable[[Run, Arrays], Mistakes]) -> None:
    """Compare all results with the stored ones, then again with one sample and with one step.

    Parameters
    ----------
    name : str
        What the function is called.
    function : callable
        The student's.
    case : Case
    more : callable
        Gives the mistakes that belong to this cell only, from a `Run` and the results.
    """
    table = Table(name)
    names = tuple(case.expected)
    answer = call(name, function, case.args, (*names, "cache"))
    run = runner(function, names)
    mistakes = [stored_mistakes(case), more(run, answer.values), fed_mistakes(case, run, answer.values)]
    together = {message: value for some in mistakes for message, value in some.items()}
    right = [
        table.compare(key, answer[key], case.expected[key], alternatives=_of(key, together), **case.context)
        for key in names
    ]
    if all(right):
        _smaller(table, name, function, case)
    _notes(table, answer, names)
    table.finish()


def is_right(results: Mapping[str, Any], case: Case) -> bool:
    """Whether these are the stored numbers."""
    return all(explain(key, results[key], value, rtol=RTOL, atol=ATOL) is None for key, value in case.expected.items())


def _of(name: str, mistakes: Mistakes) -> dict[str, Callable[[], np.ndarray | None]]:
    """The mistakes as `explain` takes them, for one result."""

    def bind(value: Callable[[str], np.ndarray | None]) -> Callable[[], np.ndarray | None]:
        return lambda: value(name)

    return {message: bind(value) for message, value in mistakes.items()}


def stored_mistakes(case: Case) -> Mistakes:
    """Mistakes whose numbers are stored beside the right ones."""
    return {MESSAGES[key]: values.get for key, values in case.mistakes.items()}


def fed_mistakes(case: Case, run: Run, got: Mapping[str, Any]) -> Mistakes:
    """Mistakes that show when the function is fed something else."""

    def makes_right(**changes: np.ndarray) -> Callable[[str], np.ndarray | None]:
        """If the function is right with these inputs instead, what it made of the given ones is explained."""
        return lambda name: got[name] if is_right(run({**case.args, **changes}), case) else None

    def without_effect(key: str) -> Callable[[str], np.ndarray | None]:
        changes = {key: case.args[key] + 0.5}
        return lambda name: run({**case.args, **changes})[name]

    mistakes = {}
    if case.gates:
        for order, weights in gate_orders(case.args, case.gates):
            message = f"the gates are read in the order {', '.join(order)}; expected {', '.join(case.gates)}"
            mistakes[f"{message} (forget, input, candidate, output)"] = makes_right(**weights)
        message = "the gates are read element by element in turn; expected as blocks side by side"
        mistakes[message] = makes_right(**{key: _woven(case.args[key], 4) for key in ("Wx", "Wh", "b")})
    else:
        mistakes["Wh is used as its transpose"] = makes_right(Wh=case.args["Wh"].T)
    mistakes["the bias b is added twice"] = makes_right(b=case.args["b"] / 2)
    if case.steps:
        backwards = "the sequence is run from its end to its beginning"
        mistakes[backwards] = makes_right(x=case.args["x"][::-1])
        mistakes[f"{backwards}, each step in its own place"] = lambda name: (
            got[name] if is_right({name: run({**case.args, "x": case.args["x"][::-1]})[name][::-1]}, case) else None
        )
    for one, other in itertools.permutations(case.expected, 2):
        mistakes[f"it is {other}: are the results returned in the right order?"] = {one: case.expected[other]}.get
    return mistakes | {f"{key} has no effect on it: is it used?": without_effect(key) for key in case.args}


def gate_orders(args: Arrays, gates: str) -> Iterator[tuple[str, Arrays]]:
    """Every other order of the gates, with the weights that are right for code which reads them in that order."""
    for order in itertools.permutations(gates):
        places = [gates.index(letter) for letter in order]
        if "".join(order) != gates:
            yield "".join(order), {key: _take_blocks(args[key], places) for key in ("Wx", "Wh", "b")}


def _take_blocks(array: np.ndarray, places: list[int]) -> np.ndarray:
    blocks = np.split(array, len(places), axis=-1)
    return np.concatenate([blocks[place] for place in places], axis=-1)


def _woven(array: np.ndarray, blocks: int) -> np.ndarray:
    return array.reshape(*array.shape[:-1], blocks, -1).swapaxes(-1, -2).reshape(array.shape)


def _smaller(table: Table, name: str, function: Any, case: Case) -> None:
    """The first sample alone and the first step alone give what they gave among the others."""
    names = tuple(case.expected)
    time_axes = 1 if case.steps else 0
    per_sample = ("x", "prev_h", "prev_c", "h0")
    alone = {
        key: value[:, :1] if case.steps and key == "x" else value[:1] if key in per_sample else value
        for key, value in case.args.items()
    }
    one = call(f"{name} with one sample (N = 1)", function, alone, (*names, "cache"))
    for key in names:
        expected = case.expected[key][(slice(None),) * time_axes + (slice(1),)]
        table.compare(f"{key}, N = 1", one[key], expected, batch=1, steps=case.steps)
    if case.steps:
        short = {**case.args, "x": case.args["x"][:1]}
        first = call(f"{name} with one time step (T = 1)", function, short, (*names, "cache"))
        for key in names:
            table.compare(f"{key}, T = 1", first[key], case.expected[key][:1], batch=case.batch, steps=1)


def _notes(table: Table, answer: Answer, names: tuple[str, ...]) -> None:
    if remark := changed_note(answer):
        table.note("arguments", remark)
    for key in names:
        note_dtype(table, key, answer[key])


def note_dtype(table: Table, name: str, value: Any) -> None:
    """Say so where a result is of a smaller type than the arguments, which costs digits but no points."""
    if isinstance(value, np.ndarray) and value.dtype in (np.float32, np.float16):
        table.note(name, f"is {value.dtype}, though the arguments are float64")

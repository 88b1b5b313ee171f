"""Calls a student's function: on fresh copies, with its results taken apart and its errors put into words."""

from __future__ import annotations

import contextlib
import io
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from utils.checks.table import CheckError
from utils.diagnosis import describe


@dataclass(frozen=True)
class Answer:
    """What one call returned."""

    values: dict[str, Any]
    """By name; arrays are copies, all else is the very object."""
    changed: tuple[str, ...]
    """Names of the arguments that the call wrote into."""

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def call(name: str, function: Any, args: Mapping[str, Any], returns: Sequence[str]) -> Answer:
    """Call `function`, which should be called `name`, with copies of `args` in their order.

    Raises
    ------
    CheckError
        If it is no function, raised, or returned another number of values than `returns` has names. The student's
        own exception is its cause, so that the traceback shows where it happened.
    """
    if not callable(function):
        raise CheckError(f"{name}: expected a function, got {describe(function)}: run the cell that defines it")
    copies = {key: _copy(value) for key, value in args.items()}
    try:
        result = function(*copies.values())
    except Exception as error:
        raise CheckError(_raised(name, error, args)) from error
    changed = tuple(key for key, value in copies.items() if not _same(value, args[key]))
    return Answer(dict(zip(returns, map(_copy, unpack(name, result, returns)), strict=True)), changed)


def unpack(name: str, result: Any, returns: Sequence[str]) -> Sequence[Any]:
    """Check that a function returned as many values as it should."""
    expected = f"{len(returns)} values ({', '.join(returns)})"
    if result is None:
        raise CheckError(f"{name}: expected {expected}, got None: is the `return` missing?")
    if not isinstance(result, (tuple, list)):
        raise CheckError(f"{name}: expected {expected}, got {describe(result)}: is the `return` incomplete?")
    if len(result) != len(returns):
        raise CheckError(f"{name}: expected {expected}, got {len(result)}")
    return result


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """While a function is called hundreds of times, its prints and warnings have been seen often enough."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


def changed_note(answer: Answer) -> str | None:
    """A remark on arguments that were written into, which is no fault."""
    if not answer.changed:
        return None
    return f"the function writes into {', '.join(answer.changed)}: no fault here, but it changes its caller's array"


def _copy(value: Any) -> Any:
    return np.array(value) if type(value) is np.ndarray else value


def _same(now: Any, before: Any) -> bool:
    if type(before) is not np.ndarray:
        return True
    return type(now) is np.ndarray and now.shape == before.shape and now.tobytes() == before.tobytes()


def _raised(name: str, error: Exception, args: Mapping[str, Any]) -> str:
    if isinstance(error, NotImplementedError):
        frames = traceback.extract_tb(error.__traceback__)
        inner = frames[-1].name
        if inner != name and inner.startswith(("rnn_", "lstm_")):
            return f"{name} needs {inner}, which is not implemented yet"
        return f"{name} is not implemented yet"
    try:
        text = str(error)
    except Exception:  # an exception class of the student's own may be broken
        text = ""
    shapes = ", ".join(f"{key} {value.shape}" for key, value in args.items() if isinstance(value, np.ndarray))
    reason = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return f"{name} raised {reason}\n  It was called with {shapes}"

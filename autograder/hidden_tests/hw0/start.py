"""Hidden tests of the notebook `0_start`, and all that they need: the smallest complete example of hidden tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.errors import CheckFailed
from autograder.kernel.wire import Handle
from autograder.student import Student, kind_of
from autograder.testing import hidden_test, needs
from utils.diagnosis import explain

RTOL, ATOL = 1e-5, 1e-5
"""Wide enough for a solution that computes in float32, or that expands the square."""

needs("nearest", "squared_distances")


def true_distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The squared distances, pair by pair."""
    x, y = x.astype(np.float64), y.astype(np.float64)
    return np.array([[float((a - b) @ (a - b)) for b in y] for a in x])


def assert_distances(student: Student, x: np.ndarray, y: np.ndarray) -> None:
    """Call `squared_distances`, and raise `CheckFailed` with the fault if there is one."""
    expected = true_distances(x, y)
    one, other = x.astype(np.float64)[:, None], y.astype(np.float64)[None]
    mistakes: dict[str, Callable[[], Any]] = {
        "the square root is taken: the squared distances are asked for": lambda: np.sqrt(expected),
        "it is the mean over the coordinates: the sum is asked for": lambda: expected / x.shape[1],
        "the differences are not squared": lambda: np.abs(one - other).sum(axis=2),
        "the differences are not squared, and their signs cancel": lambda: (one - other).sum(axis=2),
        "this is the product x @ y.T, not a distance": lambda: x.astype(np.float64) @ y.astype(np.float64).T,
        "the term -2 x y of the square is missing": lambda: (one**2).sum(axis=2) + (other**2).sum(axis=2),
        "whole numbers of 8 bits overflow: make them float first": lambda: ((x[:, None] - y[None]) ** 2).sum(axis=2),
    }
    _assert_equal("squared_distances", student.call("squared_distances", x, y), expected, mistakes)


def assert_nearest(student: Student, x: np.ndarray, y: np.ndarray) -> None:
    """Call `nearest`, and raise `CheckFailed` with the fault if there is one."""
    distances = true_distances(x, y)
    expected = distances.argmin(axis=1)
    mistakes: dict[str, Callable[[], Any]] = {
        "this is the farthest row": lambda: distances.argmax(axis=1),
        "these are the distances, and their indices are asked for": lambda: distances.min(axis=1),
        "it is counted from 1: indices count from 0": lambda: expected + 1,
        "for each row of y it gives the nearest row of x, the other way round": lambda: distances.argmin(axis=0),
        "where two rows are equally near, the smaller index is asked for": lambda: (
            len(y) - 1 - distances[:, ::-1].argmin(axis=1)
        ),
        "this is the row with the largest product x @ y.T, which is another matter": lambda: (x @ y.T).argmax(axis=1),
    }
    got = student.call("nearest", x, y)
    # Whole numbers are right here, and an index that is off is not a matter of the dtype.
    _assert_equal("nearest", got.astype(float) if isinstance(got, np.ndarray) else got, expected, mistakes)


def _assert_equal(name: str, got: Any, expected: np.ndarray, mistakes: dict[str, Callable[[], Any]]) -> None:
    if isinstance(got, Handle):
        raise CheckFailed(f"{name}: expected an array of shape {expected.shape}, got {kind_of(got)}")
    fault = explain(name, got, expected, rtol=RTOL, atol=ATOL, alternatives=mistakes)
    if fault:
        raise CheckFailed(fault)


@hidden_test("squared_distances", weight=4)
def the_values(student: Student, rng: np.random.Generator) -> None:
    assert_distances(student, rng.normal(size=(5, 4)), rng.normal(size=(3, 4)))


@hidden_test("squared_distances", weight=1, hint="Here there are as many rows in x as in y")
def as_many_rows_in_both(student: Student, rng: np.random.Generator) -> None:
    assert_distances(student, rng.normal(size=(4, 3)), rng.normal(size=(4, 3)))


@hidden_test("squared_distances", weight=0.5, hint="Here y has one row")
def one_row(student: Student, rng: np.random.Generator) -> None:
    assert_distances(student, rng.normal(size=(6, 2)), rng.normal(size=(1, 2)))


@hidden_test("squared_distances", weight=0.5, hint="Here the arrays are pictures of type uint8")
def whole_numbers_of_8_bits(student: Student, rng: np.random.Generator) -> None:
    assert_distances(student, *(rng.integers(0, 256, size=(rows, 5), dtype=np.uint8) for rows in (3, 4)))


@hidden_test("nearest", weight=4)
def the_indices(student: Student, rng: np.random.Generator) -> None:
    assert_nearest(student, rng.normal(size=(12, 3)), rng.normal(size=(7, 3)))


@hidden_test("nearest", weight=0.5, hint="Here some rows of y are the same")
def equally_near(student: Student, rng: np.random.Generator) -> None:
    y = rng.normal(size=(4, 2))
    assert_nearest(student, rng.normal(size=(9, 2)), np.concatenate([y, y]))


@hidden_test("nearest", weight=0.5, hint="Here there is one row to choose from")
def only_one_to_choose(student: Student, rng: np.random.Generator) -> None:
    assert_nearest(student, rng.normal(size=(5, 3)), rng.normal(size=(1, 3)))

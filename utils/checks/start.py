"""The visible checks of homework 0: the environment, and two functions."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from importlib import metadata
from typing import Any

import numpy as np

from utils.checks.calling import call, quietly
from utils.checks.table import Row, Table

OLDEST = {
    "numpy": "2.0",
    "matplotlib": "3.9",
    "torch": "2.11",
    "torchvision": "0.26",
    "h5py": "3.11",
    "pillow": "10.4",
    "nbclient": "0.10",
}
"""The packages that the homeworks use, and the oldest versions that will do."""
OLDEST_PYTHON = (3, 11)

_X = np.array([[0.0, 0.0, 0.0, 0.0], [1.0, 2.0, 3.0, 4.0], [1.0, 0.0, 1.0, 1.0]])
_Y = np.array([[1.0, 0.0, 0.0, 2.0], [0.0, 0.0, 3.0, 1.0]])
_DISTANCES = np.array([[5.0, 10.0], [17.0, 14.0], [2.0, 5.0]])
_NEAREST = np.array([0, 1, 0])


def check_environment() -> None:
    """Check Python, the packages and a little work of each; a GPU that is missing is only noted.

    Raises
    ------
    CheckError
        If something is missing, too old, or doesn't fit; the text says what to do.
    """
    table = Table("environment")
    _line(table, "Python", _python())
    for package, oldest in OLDEST.items():
        _line(table, package, _package(package, oldest))
    _line(table, "torch works", _torch_works())
    table.note("device", _device())
    table.finish()


def check_squared_distances(squared_distances: Any) -> None:
    """Check ``squared_distances(x, y)`` on three rows and two, and on whole numbers of 8 bits.

    Raises
    ------
    CheckError
        If a value is wrong; the text says in what way.
    """
    table = Table("squared_distances")
    mistakes: dict[str, Callable[[], Any]] = {
        "the square root is taken: the squared distances are asked for": lambda: np.sqrt(_DISTANCES),
        "it is the mean over the coordinates: the sum is asked for": lambda: _DISTANCES / 4,
        "the differences are not squared": lambda: np.array([[3.0, 4.0], [7.0, 6.0], [2.0, 3.0]]),
        "this is the product x @ y.T, not a distance": lambda: _X @ _Y.T,
        "the differences are added up and never squared": lambda: np.array([[-3.0, -4.0], [7.0, 6.0], [0.0, -1.0]]),
        "the sum is squared: square each difference, then add up": lambda: np.array([[9.0, 16], [49, 36], [0, 1]]),
        "the term -2 x y of the square is missing": lambda: np.array([[5.0, 10.0], [35.0, 40.0], [8.0, 13.0]]),
    }
    if _compare(table, "distances", squared_distances, (_X, _Y), _DISTANCES, mistakes):
        _compare(table, "distances, one row in y", squared_distances, (_X, _Y[:1]), _DISTANCES[:, :1], {})
        pixels = np.array([[3, 250]], dtype=np.uint8), np.array([[5, 10], [3, 250]], dtype=np.uint8)
        overflow = {"whole numbers of 8 bits overflow: make them float first": lambda: _as_it_overflows(*pixels)}
        _compare(table, "distances, uint8", squared_distances, pixels, np.array([[57604.0, 0.0]]), overflow)
    table.finish()


def check_nearest(nearest: Any) -> None:
    """Check ``nearest(x, y)`` on three rows and two, and on two rows that are equally near.

    Raises
    ------
    CheckError
        If a value is wrong; the text says in what way.
    """
    table = Table("nearest")
    mistakes: dict[str, Callable[[], Any]] = {
        "this is the farthest row": lambda: 1 - _NEAREST,
        "it is counted from 1: indices count from 0": lambda: _NEAREST + 1,
        "these are the distances, and their indices are asked for": lambda: np.array([5.0, 14.0, 2.0]),
        "these are the square roots of the distances; their indices are asked for": lambda: np.sqrt([5.0, 14.0, 2.0]),
    }
    if _compare(table, "indices", nearest, (_X, _Y), _NEAREST, mistakes):
        twice = np.concatenate([_Y, _Y])
        last = {"where two rows are equally near, the smaller index is asked for": lambda: _NEAREST + 2}
        _compare(table, "indices, equally near", nearest, (_X, twice), _NEAREST, last)
    table.finish()


def _compare(
    table: Table, name: str, function: Any, arrays: tuple[np.ndarray, np.ndarray], expected: np.ndarray, mistakes: Any
) -> bool:
    """Call the student's function on two arrays and add a line for what it returned."""
    args = dict(zip("xy", arrays, strict=True))
    function_of_one_value = (lambda x, y: (function(x, y),)) if callable(function) else function
    with quietly():
        got = call(table.title, function_of_one_value, args, ("it",))["it"]
    if isinstance(got, np.ndarray) and got.dtype.kind in "iu":
        got = got.astype(float)  # a wrong index is not a matter of the dtype
    return table.compare(name, got, expected, alternatives=mistakes)


def _as_it_overflows(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What 8 bits make of the differences, squared and added up in more bits."""
    return ((x[:, None] - y[None]) ** 2).sum(axis=2)


def _line(table: Table, name: str, fault_or_version: tuple[str, str]) -> None:
    fault, said = fault_or_version
    if fault:
        table.fault(name, fault)
    else:
        table.rows.append(Row(name, "ok", message=said))


def _python() -> tuple[str, str]:
    found = ".".join(map(str, sys.version_info[:3]))
    oldest = ".".join(map(str, OLDEST_PYTHON))
    if sys.version_info < OLDEST_PYTHON:
        return f"expected Python {oldest} or newer, got {found}: make a new environment, see README.md", ""
    return "", found


def _package(name: str, oldest: str) -> tuple[str, str]:
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return f"not installed for the Python of this notebook, {sys.executable}: see README.md", ""
    if _numbers(found) < _numbers(oldest):
        return f"expected {oldest} or newer, got {found}: install the packages of requirements.txt again", ""
    return "", found


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version: ``2.12.1+cpu`` gives (2, 12, 1)."""
    parts = version.split("+")[0].split(".")
    return tuple(int(part) for part in parts if part.isdigit())


def _torch_works() -> tuple[str, str]:
    try:
        torch, torchvision = importlib.import_module("torch"), importlib.import_module("torchvision")
        x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        (x @ x).backward()
        right = x.grad.tolist() == [2.0, 4.0, 6.0]
        # Compiled against torch: where the two don't fit, this is what fails first.
        torchvision.ops.nms(torch.tensor([[0.0, 0.0, 1.0, 1.0]]), torch.tensor([1.0]), 0.5)
    except Exception as error:  # a broken installation may raise anything
        reason = str(error).partition("\n")[0]
        return f"{type(error).__name__}: {reason}: install torch and torchvision again, as a pair", ""
    if not right:
        return "the gradient of x @ x is not 2 x: install torch again", ""
    return "", "a gradient, and torchvision beside it"


def _device() -> str:
    try:
        torch = importlib.import_module("torch")
        if torch.cuda.is_available():
            return f"GPU: {torch.cuda.get_device_name(0)}"
    except Exception as error:
        return f"no GPU can be used ({type(error).__name__}); the CPU will do"
    return "no GPU; the CPU will do"

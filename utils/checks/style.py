"""The visible checks of the losses of style transfer: values, and the way of the gradient.

The right numbers, and those that common mistakes give, are stored in ``style_cases.json``; a test computes them anew.
Gradients are not stored: they are measured on the student's own function.

Each check raises `CheckError` if a value is wrong, or no gradient goes back from it; the text says in what way.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from utils.checks.calling import quietly
from utils.checks.style_run import check_style_transfer
from utils.checks.table import CheckError, Row, Table
from utils.diagnosis import describe
from utils.gradcheck import numerical_gradient, rel_error

__all__ = [
    "check_content_loss",
    "check_gram_matrix",
    "check_style_loss",
    "check_style_transfer",
    "check_tv_loss",
]

CASES = Path(__file__).with_name("style_cases.json")
ARGUMENTS = {
    "content_loss": ("content_weight", "content_current", "content_target"),
    "gram_matrix": ("features", "normalize"),
    "style_loss": ("feats", "style_layers", "style_targets", "style_weights"),
    "tv_loss": ("img", "tv_weight"),
}
"""What each function takes, in order."""
_LOOK_AT = {
    "content_loss": "the sum of the squared differences, times content_weight",
    "gram_matrix": "channels against channels, summed over all positions",
    "style_loss": "feats by the number of the layer, targets and weights by their place in the list",
    "tv_loss": "neighbours to the right and below, in every channel",
}
GRADIENT = 1e-4
"""Largest relative error between the gradient of autograd and the measured one."""


def check_content_loss(content_loss: Any) -> None:
    """Check ``content_loss(content_weight, content_current, content_target)``."""
    _check("content_loss", content_loss, wrt=1)


def check_gram_matrix(gram_matrix: Any) -> None:
    """Check ``gram_matrix(features, normalize=True)``."""
    _check("gram_matrix", gram_matrix, wrt=0)


def check_style_loss(style_loss: Any) -> None:
    """Check ``style_loss(feats, style_layers, style_targets, style_weights)``."""
    _check("style_loss", style_loss, wrt=0)


def check_tv_loss(tv_loss: Any) -> None:
    """Check ``tv_loss(img, tv_weight)``."""
    _check("tv_loss", tv_loss, wrt=0)


def inputs(function: str) -> dict[str, list[Any]]:
    """What a function is called with in each case, as arrays and plain values."""
    # The stream of RandomState is frozen: the same numbers with every version of NumPy.
    rng = np.random.RandomState(498 + len(function))

    def maps(*shape: int) -> np.ndarray:
        return np.round(rng.standard_normal(shape) + 0.4, 2)

    if function == "content_loss":
        return {
            "one feature map": [0.25, maps(1, 3, 2, 4), maps(1, 3, 2, 4)],
            "a batch of two": [0.5, maps(2, 1, 3, 2), maps(2, 1, 3, 2)],
        }
    if function == "gram_matrix":
        return {
            "normalised": [maps(1, 3, 2, 4)],
            "normalize=False": [maps(1, 2, 3, 3), False],
            "a batch of two": [maps(2, 3, 2, 2)],
        }
    if function == "style_loss":
        feats = [maps(1, channels, 3, 2) for channels in (3, 2, 4, 2)]
        targets = [np.round(np.abs(maps(1, channels, channels)), 2) for channels in (2, 3)]
        return {
            "two of four layers": [feats, [3, 0], targets, [4.0, 0.5]],
            "one layer": [feats, [1], targets[:1], [3.0]],
        }
    return {"a picture": [maps(1, 3, 4, 6), 0.25], "one row": [maps(1, 3, 1, 5), 2.0]}


def as_tensors(value: Any, dtype: torch.dtype = torch.float32) -> Any:
    """The same with a tensor in the place of each array."""
    if isinstance(value, np.ndarray):
        return torch.tensor(value, dtype=dtype)
    return [as_tensors(item, dtype) for item in value] if isinstance(value, list) else value


@cache
def _stored() -> dict[str, dict[str, dict[str, Any]]]:
    cases: dict[str, dict[str, dict[str, Any]]] = json.loads(CASES.read_text(encoding="utf-8"))
    return cases


def _check(name: str, function: Any, wrt: int) -> None:
    table = Table(name)
    for title, args in inputs(name).items():
        case = _stored()[name][title]
        expected = np.array(case["expected"])
        got = _array(_call(name, function, as_tensors(args)), expected)
        alternatives = {message: np.array(value) for message, value in case["mistakes"].items()}
        _compare(table, title, got, expected, alternatives)
    if not table.wrong:
        _check_gradient(table, name, function, next(iter(inputs(name).values())), wrt)
    table.finish()


def _call(name: str, function: Any, args: list[Any]) -> Any:
    if not callable(function):
        raise CheckError(f"{name}: expected a function, got {describe(function)}: run the cell that defines it")
    try:
        with quietly():
            return function(*args)
    except NotImplementedError as error:
        raise CheckError(f"{name} is not implemented yet, or calls something that is not") from error
    except Exception as error:
        given = ", ".join(f"{key} {_shown(value)}" for key, value in zip(ARGUMENTS[name], args, strict=False))
        raise CheckError(f"{name} raised {type(error).__name__}: {error}\n  It was called with {given}") from error


def _shown(value: Any) -> str:
    """Numbers as they are, of tensors the shape."""
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    return str(tuple(value.shape)) if isinstance(value, Tensor) else repr(value)


def _array(value: Any, expected: np.ndarray) -> Any:
    """A tensor's values, in the expected shape where both are one number; anything else as it is."""
    if not isinstance(value, Tensor):
        return value
    array = value.detach().cpu().numpy().astype(np.float64)
    return array.reshape(expected.shape) if array.size == expected.size == 1 else array


def _compare(table: Table, title: str, got: Any, expected: np.ndarray, alternatives: dict[str, np.ndarray]) -> None:
    if not table.compare(title, got, expected, alternatives=alternatives):
        row = table.rows[-1]
        if row.message.endswith("scaled by a constant"):  # as any wrong number is
            words = "another value than that of the formula, by no mistake that is known here"
            if expected.size == 1:
                words += f": expected {expected.item():.5g}, got {got.item():.5g}"
            table.rows[-1] = replace(row, message=f"{words}; take {_LOOK_AT[table.title]}")


def _check_gradient(table: Table, name: str, function: Any, args: list[Any], wrt: int) -> None:
    """Add a line that compares the gradient of autograd with the slope that is measured on the function itself."""
    many = isinstance(args[wrt], list)
    arrays = args[wrt] if many else [args[wrt]]
    leaves = [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in arrays]

    def call(values: list[Tensor]) -> Any:
        given = as_tensors(args, torch.float64)
        given[wrt] = values if many else values[0]
        return _call(name, function, given)

    result = call(leaves)
    if not isinstance(result, Tensor) or not result.requires_grad:
        table.fault(
            "gradient", "no way leads back from the result: no .item(), .data, .detach(), numpy or torch.no_grad()"
        )
        return
    upstream = np.linspace(0.5, 1.5, result.numel()).reshape(result.shape)
    result.backward(torch.tensor(upstream))
    found = [
        np.zeros(array.shape) if leaf.grad is None else leaf.grad.numpy()
        for array, leaf in zip(arrays, leaves, strict=True)
    ]
    error = max(rel_error(mine, _measured(call, arrays, position, upstream)) for position, mine in enumerate(found))
    if error > GRADIENT:
        table.fault(
            "gradient", "it is not the slope of the values: is a part detached, or computed outside of PyTorch?"
        )
    else:
        table.rows.append(Row("gradient", "ok", error))


def _measured(
    call: Callable[[list[Tensor]], Any], arrays: list[np.ndarray], position: int, upstream: np.ndarray
) -> np.ndarray:
    def value(x: np.ndarray) -> np.ndarray:
        tensors = [torch.tensor(x if other == position else array) for other, array in enumerate(arrays)]
        got: np.ndarray = call(tensors).detach().numpy()
        return got

    return numerical_gradient(value, np.array(arrays[position], dtype=np.float64), upstream)

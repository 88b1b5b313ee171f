"""Hidden tests of problem 2, the losses: their values, their gradients, and that they do without loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.errors import CheckFailed, StudentError
from autograder.hidden_tests.hw2 import style_reference as reference
from autograder.hidden_tests.hw2.style_reference import Alternatives, Array
from autograder.kernel.wire import Handle, Tensor
from autograder.student import Student, kind_of
from autograder.testing import hidden_test, needs
from utils.diagnosis import explain

RTOL = 2e-4
"""Sums of float32 numbers in any order; far too tight for a wrong formula."""
GROWTH = 12
"""How many operations more a function may need for a larger input: none, but some people count in other ways."""

needs("style_loss", "gram_matrix")


@dataclass(frozen=True)
class Style:
    """Arguments of `style_loss`."""

    feats: list[Array]
    layers: list[int]
    targets: list[Array]
    weights: list[float]

    def plain(self) -> tuple[list[Array], list[int], list[Array], list[float]]:
        return self.feats, self.layers, self.targets, self.weights

    def sent(self, dtype: str = "float32") -> list[Any]:
        """What the student's function is called with."""
        feats, targets = ([tensor(array, dtype) for array in arrays] for arrays in (self.feats, self.targets))
        return [feats, self.layers, targets, self.weights]


def tensor(array: Array, dtype: str = "float32") -> Tensor:
    """An array on its way to the kernel, where it is a tensor."""
    return Tensor(np.ascontiguousarray(array, dtype=dtype))


def compare(name: str, got: Any, expected: Array, alternatives: Alternatives) -> None:
    """Raise `CheckFailed` with the likely mistake if a result is not the expected one."""
    values = got.array if isinstance(got, Tensor) else got
    if isinstance(values, Handle):
        raise CheckFailed(f"{name}: expected a tensor, got {kind_of(values)}")
    if isinstance(values, np.ndarray) and values.size == 1 and expected.size == 1:
        values = values.reshape(expected.shape)
    scale = float(np.sqrt(np.mean(expected**2)))
    message = explain(name, values, expected, rtol=RTOL, atol=RTOL * scale, alternatives=alternatives)
    if message and message.endswith("scaled by a constant"):  # as any wrong number is
        message = f"{name}: another value than that of the formula, by no mistake that is known here"
    if message:
        raise CheckFailed(message)


def draw_style(rng: np.random.Generator, layers: Sequence[int], count: int) -> Style:
    """Draw feature maps of `count` layers, all of other sizes, and targets for some of them."""
    feats = [
        rng.normal(size=(1, int(rng.integers(2, 7)), *map(int, rng.integers(2, 6, 2)))) + 0.3 for _ in range(count)
    ]
    targets = []
    for layer in layers:
        channels = feats[layer].shape[1]
        targets.append(reference.gram_matrix(rng.normal(size=(1, channels, 4, 5)) * 2))
    weights = [float(weight) for weight in rng.permutation(np.linspace(2, 12, len(layers)))]
    return Style(feats, list(layers), targets, weights)


def features(rng: np.random.Generator, n: int, c: int, h: int, w: int) -> Array:
    """Draw feature maps, not centred at zero."""
    return rng.normal(size=(n, c, h, w)) + 0.4


# Content loss


def _content_case(rng: np.random.Generator, n: int, c: int, h: int, w: int) -> tuple[float, Array, Array]:
    return float(rng.uniform(0.1, 0.4)), features(rng, n, c, h, w), features(rng, n, c, h, w) * 1.5


def _check_content(student: Student, case: tuple[float, Array, Array]) -> None:
    weight, current, target = case
    got = student.call("content_loss", weight, tensor(current), tensor(target))
    compare("content_loss", got, reference.content_loss(*case), reference.content_mistakes(*case))


@hidden_test("content_loss", weight=4)
def value_of_the_content_loss(student: Student, rng: np.random.Generator) -> None:
    _check_content(student, _content_case(rng, 1, 4, 5, 3))


@hidden_test("content_loss", weight=1, hint="Here the batch has three feature maps, then there is one channel")
def batches_and_channels(student: Student, rng: np.random.Generator) -> None:
    _check_content(student, _content_case(rng, 3, 2, 4, 6))
    _check_content(student, _content_case(rng, 1, 1, 7, 2))


@hidden_test("content_loss", weight=2, hint="The loss must be a tensor that knows how it was computed")
def gradient_of_the_content_loss(student: Student, rng: np.random.Generator) -> None:
    case = _content_case(rng, 1, 3, 4, 5)
    args = [case[0], tensor(case[1]), tensor(case[2])]
    exact = [case[0], tensor(case[1], "float64"), tensor(case[2], "float64")]
    check_gradient(student, "content_loss", 1, args, exact, [reference.content_gradient(*case)], rng)


# Gram matrix


@hidden_test("gram_matrix", weight=3)
def normalised_gram_matrix(student: Student, rng: np.random.Generator) -> None:
    _check_gram(student, features(rng, 1, 4, 3, 5))


@hidden_test("gram_matrix", weight=2, hint="Here normalize=False")
def without_normalisation(student: Student, rng: np.random.Generator) -> None:
    _check_gram(student, features(rng, 1, 3, 4, 2), normalize=False)


@hidden_test("gram_matrix", weight=2, hint="Here the batch has three feature maps")
def a_matrix_for_each_sample(student: Student, rng: np.random.Generator) -> None:
    _check_gram(student, features(rng, 3, 4, 2, 5))


@hidden_test("gram_matrix", weight=0.5, hint="Here there is one channel, then one position")
def one_channel_and_one_position(student: Student, rng: np.random.Generator) -> None:
    _check_gram(student, features(rng, 2, 1, 3, 4))
    _check_gram(student, features(rng, 1, 3, 1, 1))


@hidden_test("gram_matrix", weight=1.5, hint="The matrix must be a tensor that knows how it was computed")
def gradient_of_the_gram_matrix(student: Student, rng: np.random.Generator) -> None:
    maps = features(rng, 2, 3, 4, 2)
    upstream = rng.normal(size=(2, 3, 3))
    expected = [reference.gram_gradient(maps, upstream)]
    args, exact = [tensor(maps)], [tensor(maps, "float64")]
    check_gradient(student, "gram_matrix", 0, args, exact, expected, rng, upstream)


@hidden_test("gram_matrix", weight=1, hint="One batched matrix product does it: torch.bmm, or @")
def no_loop_over_channels_or_positions(student: Student, rng: np.random.Generator) -> None:
    small, large = ([tensor(features(rng, 1, *sizes))] for sizes in ((2, 2, 3), (9, 8, 7)))
    check_no_loop(student, "gram_matrix", small, large, 4)


def _check_gram(student: Student, maps: Array, normalize: bool = True) -> None:
    options: dict[str, Any] = {} if normalize else {"normalize": False}
    got = student.call("gram_matrix", tensor(maps), **options)
    expected = reference.gram_matrix(maps, normalize)
    compare("gram_matrix", got, expected, reference.gram_mistakes(maps, normalize))


# Style loss


def _check_style(student: Student, case: Style, as_tuples: bool = False) -> None:
    args = [tuple(arg) if as_tuples else arg for arg in case.sent()]
    got = student.call("style_loss", *args)
    compare("style_loss", got, reference.style_loss(*case.plain()), reference.style_mistakes(*case.plain()))


@hidden_test("style_loss", weight=4, hint="Here three of six layers count, and not in the order of their numbers")
def value_of_the_style_loss(student: Student, rng: np.random.Generator) -> None:
    _check_style(student, draw_style(rng, (4, 1, 2), 6))


@hidden_test("style_loss", weight=1, hint="Here one layer counts, and layers and weights are tuples")
def one_layer(student: Student, rng: np.random.Generator) -> None:
    _check_style(student, draw_style(rng, (3,), 5), as_tuples=True)


@hidden_test("style_loss", weight=1, hint="Here seven layers count")
def many_layers(student: Student, rng: np.random.Generator) -> None:
    _check_style(student, draw_style(rng, (0, 1, 2, 4, 5, 6, 7), 8))


@hidden_test("style_loss", weight=2, hint="The loss must be a tensor that knows how it was computed")
def gradient_of_the_style_loss(student: Student, rng: np.random.Generator) -> None:
    case = draw_style(rng, (2, 0), 4)
    expected = reference.style_gradients(*case.plain())
    check_gradient(student, "style_loss", 0, case.sent(), case.sent("float64"), expected, rng)


# Total variation


def _check_tv(student: Student, shape: tuple[int, int], rng: np.random.Generator) -> None:
    img, weight = rng.normal(size=(1, 3, *shape)), float(rng.uniform(0.1, 0.4))
    got = student.call("tv_loss", tensor(img), weight)
    compare("tv_loss", got, reference.tv_loss(img, weight), reference.tv_mistakes(img, weight))


@hidden_test("tv_loss", weight=4)
def value_of_the_total_variation(student: Student, rng: np.random.Generator) -> None:
    _check_tv(student, (5, 8), rng)


@hidden_test("tv_loss", weight=0.5, hint="Here the picture has one row, then one column")
def one_row_and_one_column(student: Student, rng: np.random.Generator) -> None:
    _check_tv(student, (1, 9), rng)
    _check_tv(student, (7, 1), rng)


@hidden_test("tv_loss", weight=1.5, hint="The loss must be a tensor that knows how it was computed")
def gradient_of_the_total_variation(student: Student, rng: np.random.Generator) -> None:
    img, weight = rng.normal(size=(1, 3, 4, 6)), float(rng.uniform(0.1, 0.4))
    args, exact = [tensor(img), weight], [tensor(img, "float64"), weight]
    check_gradient(student, "tv_loss", 0, args, exact, [reference.tv_gradient(img, weight)], rng)


@hidden_test("tv_loss", weight=2, hint="Subtract one part of the picture from another, as a whole")
def no_loop_over_rows_or_pixels(student: Student, rng: np.random.Generator) -> None:
    small, large = ([tensor(rng.normal(size=(1, 3, *size))), 0.5] for size in ((3, 4), (24, 25)))
    check_no_loop(student, "tv_loss", small, large, 1)


# What the tests of all functions share


def check_no_loop(student: Student, name: str, small: list[Any], large: list[Any], size: int) -> None:
    """Check that a function, which makes `size` numbers of a small input, asks no more of PyTorch for a large one."""
    function = student.variable(name)
    if not isinstance(function, Handle):
        raise CheckFailed(f"{name}: expected a function, got {kind_of(function)}")
    counts = [_probe(student, name, "style.operations", function, args) for args in (small, large)]
    doubled = [Tensor(2 * small[0].array), *small[1:]]
    results = [student.call(name, *args) for args in (small, doubled)]
    values = [result.array for result in results if isinstance(result, Tensor) and result.array.size == size]
    computed = len(values) == 2 and not np.array_equal(values[0], values[1], equal_nan=True)
    if not computed or not all(type(count) is int for count in counts):
        raise CheckFailed(f"{name}: it computes nothing of its input with tensors")
    if counts[1] > counts[0] + GROWTH:
        raise CheckFailed(
            f"{name}: a larger input takes more operations, {min(counts[1], 9999)} in place of {min(counts[0], 9999)}: "
            "a Python loop goes over its elements, and its time grows as it does"
        )


def check_gradient(
    student: Student,
    name: str,
    position: int,
    args: list[Any],
    exact: list[Any],
    expected: list[Array],
    rng: np.random.Generator,
    upstream: Array | None = None,
) -> None:
    """Check that the gradient of a result reaches an argument.

    Where the gradient is not the expected one, it may still be that of a loss with another mistake, which other tests
    are about: then it must be the slope that is measured on the student's own function.

    Parameters
    ----------
    student, name, position
        The function, and which of its arguments the gradient is taken for.
    args, exact : list
        What it is called with: in float32, and the same in float64.
    expected : list of array
        The right gradients: one, or one for each tensor if the argument is a list.
    rng : numpy.random.Generator
        Draws the direction of the measured slope.
    upstream : array, optional
        Gradient of the result, if that is no single number.
    """
    found = _gradients(student, name, position, args, upstream, expected)
    if all(_near(mine, right) for mine, right in zip(found, expected, strict=True)):
        return
    found = _gradients(student, name, position, exact, upstream, expected)
    if not any(np.any(array) for array in found):
        raise CheckFailed(f"{name}: its gradient is zero: is something detached on the way?")
    direction = [rng.normal(size=array.shape) for array in expected]
    slope = sum(float(np.sum(array * way)) for array, way in zip(found, direction, strict=True))
    step = 1e-5
    ends = [_moved(student, name, position, exact, direction, upstream, sign * step) for sign in (1, -1)]
    measured = (ends[0] - ends[1]) / (2 * step)
    if not abs(slope - measured) <= 1e-3 * max(abs(slope), abs(measured)):
        raise CheckFailed(
            f"{name}: its gradient is not the slope of its own values: is a part of it detached, or computed outside "
            "of PyTorch?"
        )


def _probe(student: Student, name: str, probe: str, *args: Any) -> Any:
    """Call a probe that calls the student's function; an error is put down to that function."""
    try:
        return student.probe(probe, *args)
    except StudentError as error:
        raise type(error)(str(error).replace(probe, name, 1)) from error


def _gradients(
    student: Student, name: str, position: int, args: list[Any], upstream: Array | None, expected: list[Array]
) -> list[Array]:
    function = student.variable(name)
    above = None if upstream is None else tensor(upstream, str(_first(args[position]).array.dtype))
    found = _probe(student, name, "style.gradient", function, position, args, above)
    if found is None:
        raise CheckFailed(
            f"{name}: no gradient goes back from its result: return a tensor, without .item(), .data, .detach(), "
            "numpy or torch.no_grad() on the way"
        )
    arrays = [
        value.array if isinstance(value, Tensor) else None for value in (found if type(found) is list else [found])
    ]
    good = [array is not None and array.shape == right.shape for array, right in zip(arrays, expected, strict=False)]
    if len(arrays) != len(expected) or not all(good):
        raise CheckFailed(f"{name}: its gradient cannot be read")
    return [np.asarray(array, np.float64) for array in arrays]


def _first(argument: Any) -> Tensor:
    return argument[0] if isinstance(argument, list) else argument


def _near(mine: Array, right: Array) -> bool:
    return bool(np.allclose(mine, right, rtol=1e-3, atol=1e-3 * float(np.sqrt(np.mean(right**2)))))


def _moved(
    student: Student,
    name: str,
    position: int,
    args: list[Any],
    direction: list[Array],
    upstream: Array | None,
    step: float,
) -> float:
    """The result after a step in a direction, as one number."""
    given = args[position] if isinstance(args[position], list) else [args[position]]
    moved = [Tensor(value.array + step * way) for value, way in zip(given, direction, strict=True)]
    argument: Any = moved if isinstance(args[position], list) else moved[0]
    value = student.call(name, *args[:position], argument, *args[position + 1 :])
    result = value.array if isinstance(value, Tensor) else value
    if not isinstance(result, (np.ndarray, np.generic, float, int)) or np.size(result) != np.size(
        1 if upstream is None else upstream
    ):
        raise CheckFailed(f"{name}: expected a tensor, got {kind_of(result)}")
    numbers = np.asarray(result, np.float64).reshape(-1)
    return float(np.sum(numbers * (1 if upstream is None else upstream.reshape(-1))))

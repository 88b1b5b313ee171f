"""Hidden tests of problem 5: the fully connected layer and the softmax loss of sequences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.errors import CheckFailed
from autograder.hidden_tests.hw2.captioning_reference import softmax_loss
from autograder.hidden_tests.hw2.reference import Array, Values
from autograder.hidden_tests.hw2.support import ATOL, RTOL, agree
from autograder.kernel.wire import Handle
from autograder.student import Student, kind_of
from autograder.testing import hidden_test, needs
from utils.diagnosis import explain

needs("temporal_fc_backward", "temporal_fc_forward")
GRADIENTS = ("dx", "dw", "db")
CORNER = 0.3
LARGE = 1e4


def compare(name: str, got: Any, expected: Array, batch: int, alternatives: Mapping[str, Any] | None = None) -> None:
    """Raise `CheckFailed` unless a student's value is the expected one."""
    if isinstance(got, Handle):
        raise CheckFailed(f"{name}: expected an array of shape {expected.shape}, got {kind_of(got)}")
    got = np.asarray(got) if isinstance(got, (int, float)) else got
    if not agree(got, expected):
        fault = explain(name, got, expected, rtol=RTOL, atol=ATOL, batch=batch, alternatives=alternatives)
        raise CheckFailed(fault or f"{name}: the values differ from the expected ones")


# 5.1


def _draw_fc(rng: np.random.Generator, N: int = 2, T: int = 4, D: int = 3, M: int = 5) -> Values:
    shapes = {"x": (N, T, D), "w": (D, M), "b": (M,)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def _as_views(values: Values) -> Values:
    """The same numbers as transposed arrays, which do not lie in memory row by row."""
    return {name: np.asfortranarray(array) for name, array in values.items()}


def _as_float32(values: Values) -> Values:
    return {name: array.astype(np.float32) for name, array in values.items()}


def _exact(values: Values) -> Values:
    return {name: np.asarray(array, dtype=np.float64) for name, array in values.items()}


FC_CORNERS: dict[str, tuple[Callable[[np.random.Generator], Values], str]] = {
    "one_caption": (lambda rng: _draw_fc(rng, N=1), "Here the batch is one caption"),
    "one_step": (lambda rng: _draw_fc(rng, T=1), "Here the captions are one step long"),
    "other_sizes": (lambda rng: _draw_fc(rng, N=6, T=3, D=7, M=2), "Here N = 6, T = 3, D = 7, M = 2"),
    "inputs_transposed_in_memory": (lambda rng: _as_views(_draw_fc(rng)), "Here the arrays are in Fortran order"),
    "float32_inputs": (lambda rng: _as_float32(_draw_fc(rng)), "Here the inputs are float32"),
}


def _forward(student: Student, values: Values) -> tuple[Any, Any]:
    out, kept = student.call("temporal_fc_forward", *values.values(), returns=("out", "cache"))
    return out, kept


def _check_forward(student: Student, values: Values) -> None:
    exact = _exact(values)
    product = np.einsum("ntd,dm->ntm", exact["x"], exact["w"])
    out, _ = _forward(student, values)
    compare("out", out, product + exact["b"], len(product), {"the bias b is missing": product})


@hidden_test("temporal_fc_forward", weight=6)
def value_of_out(student: Student, rng: np.random.Generator) -> None:
    _check_forward(student, _draw_fc(rng))


def _backward(student: Student, values: Values, rng: np.random.Generator) -> dict[str, str]:
    """A message for each gradient that is wrong."""
    _, kept = _forward(student, values)
    exact = _exact(values)
    (N, T, _), M = exact["x"].shape, len(exact["b"])
    dout = rng.normal(size=(N, T, M)).astype(values["x"].dtype)
    right = {
        "dx": np.einsum("ntm,dm->ntd", dout, exact["w"]),
        "dw": np.einsum("ntd,ntm->dm", exact["x"], dout),
        "db": dout.astype(np.float64).sum(axis=(0, 1)),
    }
    got = student.call("temporal_fc_backward", dout, kept, returns=GRADIENTS)
    wrong = {}
    for name, value in zip(GRADIENTS, got, strict=True):
        others = {f"it is {key}: return {', '.join(GRADIENTS)}": right[key] for key in GRADIENTS if key != name}
        others["only the last step counts: add up those of all steps"] = {
            "dw": exact["x"][:, -1].T @ dout[:, -1],
            "db": dout[:, -1].sum(axis=0),
        }.get(name)
        try:
            compare(name, value, right[name], N, others)
        except CheckFailed as error:
            wrong[name] = str(error)
    return wrong


def _gradient_test(name: str) -> None:
    def test(student: Student, rng: np.random.Generator) -> None:
        wrong = _backward(student, _draw_fc(rng), rng)
        if name in wrong:
            raise CheckFailed(wrong[name])

    test.__name__ = f"gradient_{name}"
    hidden_test("temporal_fc_backward", weight=3)(test)


def _corner_tests(name: str, draw: Callable[[np.random.Generator], Values], hint: str) -> None:
    def forward(student: Student, rng: np.random.Generator) -> None:
        _check_forward(student, draw(rng))

    def backward(student: Student, rng: np.random.Generator) -> None:
        wrong = _backward(student, draw(rng), rng)
        # What is wrong everywhere has been paid for.
        usual = _backward(student, _draw_fc(rng), rng) if wrong else {}
        for gradient, message in wrong.items():
            if gradient not in usual or len(usual) == len(GRADIENTS):
                raise CheckFailed(message)

    for group, test in (("temporal_fc_forward", forward), ("temporal_fc_backward", backward)):
        test.__name__ = name
        hidden_test(group, weight=CORNER, hint=hint)(test)


for _gradient in GRADIENTS:
    _gradient_test(_gradient)
for _corner, (_draw_corner, _hint) in FC_CORNERS.items():
    _corner_tests(_corner, _draw_corner, _hint)


# 5.2


def _draw_softmax(rng: np.random.Generator, N: int = 4, T: int = 5, V: int = 6) -> tuple[Array, Array, Array]:
    """Scores, words, and a mask that lets another number of steps count in each caption, in the last one none."""
    mask = np.arange(T) < np.maximum(T - 2 * np.arange(N), 0)[:, None]
    return 2 * rng.normal(size=(N, T, V)), rng.integers(0, V, size=(N, T)), mask


def _loss(student: Student, x: Array, y: Array, mask: Array) -> tuple[Any, Any]:
    loss, dx = student.call("temporal_softmax_loss", x, y, mask, returns=("loss", "dx"))
    return loss, dx


def _check_loss(student: Student, x: Array, y: Array, mask: Array) -> None:
    right, _ = softmax_loss(x.astype(np.float64), y, mask)
    unmasked, _ = softmax_loss(x.astype(np.float64), y, np.ones_like(mask))
    loss, _ = _loss(student, x, y, mask)
    N, T = y.shape
    alternatives = {
        "averaged over the steps, too: sum over the steps, average over the batch": right / T,
        "averaged over the words that count: sum over the steps, average over the batch": right
        * N
        / max(mask.sum(), 1),
        "steps that are masked are counted": unmasked if right != unmasked else None,
    }
    compare("loss", loss, np.array(right), N, alternatives)


def _check_gradient(student: Student, x: Array, y: Array, mask: Array) -> None:
    exact = x.astype(np.float64)
    right_loss, right = softmax_loss(exact, y, mask)
    _, unmasked = softmax_loss(exact, y, np.ones_like(mask))
    loss, dx = _loss(student, x, y, mask)
    # A loss that is scaled by a constant has been paid for; its gradient is scaled likewise.
    scale = float(loss) / right_loss if isinstance(loss, (int, float, np.generic)) and right_loss > 1e-6 else 1.0
    if 1e-3 < scale < 1e3 and agree(dx, scale * right):
        return
    alternatives = {"the gradient of steps that are masked should be zero": unmasked if not mask.all() else None}
    compare("dx", dx, right, len(x), alternatives)


@hidden_test("temporal_softmax_loss", weight=2, hint="Here every step counts")
def loss_without_padding(student: Student, rng: np.random.Generator) -> None:
    x, y, mask = _draw_softmax(rng)
    _check_loss(student, x, y, np.ones_like(mask))


@hidden_test("temporal_softmax_loss", weight=2, hint="Here every step counts")
def gradient_without_padding(student: Student, rng: np.random.Generator) -> None:
    x, y, mask = _draw_softmax(rng)
    _check_gradient(student, x, y, np.ones_like(mask))


@hidden_test("temporal_softmax_loss", weight=2)
def loss_with_padding(student: Student, rng: np.random.Generator) -> None:
    _check_loss(student, *_draw_softmax(rng))


@hidden_test("temporal_softmax_loss", weight=2)
def gradient_with_padding(student: Student, rng: np.random.Generator) -> None:
    _check_gradient(student, *_draw_softmax(rng))


@hidden_test("temporal_softmax_loss", weight=0.5, hint="Here the mask holds ones and zeros instead of True and False")
def mask_of_zeros_and_ones(student: Student, rng: np.random.Generator) -> None:
    x, y, mask = _draw_softmax(rng)
    for kind in (np.int64, np.float64):
        _both(student, x, y, mask.astype(kind))


@hidden_test("temporal_softmax_loss", weight=0.5, hint="Here no step counts at all")
def nothing_counts(student: Student, rng: np.random.Generator) -> None:
    x, y, mask = _draw_softmax(rng)
    loss, dx = _loss(student, x, y, np.zeros_like(mask))
    compare("loss", loss, np.array(0.0), len(x))
    compare("dx", dx, np.zeros_like(x), len(x))
    # Nothing but zeros is no answer either.
    _both(student, x, y, mask)


@hidden_test("temporal_softmax_loss", weight=0.5, hint="Here the batch is one caption, or the captions one step long")
def one_caption_and_one_step(student: Student, rng: np.random.Generator) -> None:
    for sizes in ({"N": 1}, {"T": 1}, {"N": 1, "T": 1}):
        x, y, mask = _draw_softmax(rng, **sizes)
        _both(student, x, y, np.ones_like(mask))


@hidden_test("temporal_softmax_loss", weight=1, hint="Here scores are as large as 10000, or as small as -10000")
def large_scores(student: Student, rng: np.random.Generator) -> None:
    x, y, mask = _draw_softmax(rng)
    x[0] += LARGE
    x[1] -= LARGE
    x[2, 0, 0], x[2, 0, 1] = LARGE, -LARGE
    y[2, 0] = 1
    _both(student, x, y, mask)


@hidden_test("temporal_softmax_loss", weight=CORNER, hint="Here the scores are float32 and the words int32")
def float32_scores(student: Student, rng: np.random.Generator) -> None:
    x, y, mask = _draw_softmax(rng)
    _both(student, x.astype(np.float32), y.astype(np.int32), mask)


def _both(student: Student, x: Array, y: Array, mask: Array) -> None:
    """Check loss and gradient, as far as they are right in the ordinary case."""
    usual = _draw_softmax(np.random.default_rng(1))
    checks = [check for check in (_check_loss, _check_gradient) if _passes(check, student, usual)]
    for check in checks or (_check_loss, _check_gradient):
        check(student, x, y, mask)


def _passes(check: Callable[..., None], student: Student, given: tuple[Array, Array, Array]) -> bool:
    try:
        check(student, *given)
    except CheckFailed:
        return False
    return True

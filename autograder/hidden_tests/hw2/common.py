"""The tests that every pair of functions gets: values, each gradient, and the corners of what the homework asks.

A test of a corner (one sample, float32, ...) looks only at those results that are right in the ordinary case, if
any is. So a wrong `db` costs the points of its own test and no others.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autograder.errors import CheckFailed
from autograder.hidden_tests.hw2.attempt import Attempt, is_array
from autograder.hidden_tests.hw2.reference import Array, Values
from autograder.hidden_tests.hw2.support import Case, Layer, agree, describe, draw, draw_large, value_alternatives
from autograder.student import Student
from autograder.testing import hidden_test

Draw = Callable[[np.random.Generator], Case]
Acceptable = Callable[[Case, str, Values], list[Array]]
CORNER = 0.3
"""What a corner weighs, beside 6 for a forward function's values and 3 for each gradient: who has the ordinary case
wrong loses most of the part, who has overlooked a corner loses little."""


def forward_test(
    layer: Layer, name: str, *cases: Draw, weight: float = CORNER, hint: str = "", also: Acceptable | None = None
) -> None:
    """Add a test of a forward function: its outputs on some cases, as far as they are right in the ordinary case."""

    def test(student: Student, rng: np.random.Generator) -> None:
        for case in [draw_case(rng) for draw_case in cases]:
            wrong = faults(case, call(student, case), also)
            if wrong:
                usual = draw(layer, rng)
                _blame(wrong, faults(usual, call(student, usual), also), layer)

    _add(test, layer.forward, name, weight, hint)


def backward_test(layer: Layer, name: str, *cases: Draw, weight: float = CORNER, hint: str = "") -> None:
    """Add a test of a backward function: its gradients on some cases, as far as they are right in the ordinary case.

    All forward passes are made before the first is taken back. Where there is no forward pass to go back from, the
    backward function is not to blame: the test of the forward function has taken the points.
    """

    def test(student: Student, rng: np.random.Generator) -> None:
        attempts = [Attempt(student, draw_case(rng)) for draw_case in cases]
        for attempt in attempts:
            if attempt.go_back().right == layer.gradients:
                continue
            ordinary = Attempt(student, draw(layer, rng)).go_back()
            if ordinary.right and not attempt.forward_gave_numbers:
                continue
            if not ordinary.forward_is_right:
                attempt.forgive()
            attempt.assert_right(ordinary.right or layer.gradients)

    _add(test, layer.backward, name, weight, hint)


def forward_tests(layer: Layer, also: Acceptable | None = None) -> None:
    """Add the tests that every forward function gets."""
    weight = 6 / len(layer.outputs)
    for output in layer.outputs:
        _value_test(layer, output, weight, also)

    def add(name: str, case: Draw, hint: str) -> None:
        forward_test(layer, name, case, hint=hint, also=also)

    add("other_sizes", lambda rng: draw(layer, rng, N=7, D=2, H=3, T=4), "Here N = 7, D = 2, H = 3")
    add("one_sample", lambda rng: draw(layer, rng, N=1, D=4), "Here the batch is one sample")
    add("float32_inputs", lambda rng: draw(layer, rng, D=5).as_type("float32"), "Here the inputs are float32")
    add("inputs_strided_and_transposed", lambda rng: draw(layer, rng, N=3, D=6).laid_out(0), NOT_CONTIGUOUS)
    add("inputs_transposed_and_strided", lambda rng: draw(layer, rng, N=3, D=6).laid_out(1), NOT_CONTIGUOUS)
    add("large_activations", partial(draw_large, layer), SATURATED)
    _called_again_test(layer, also)


NOT_CONTIGUOUS = "Here the inputs are views and transposes, which do not lie in memory row by row"
SATURATED = "Here some activations are very large: results stay finite, and nothing is clipped"


def _value_test(layer: Layer, output: str, weight: float, also: Acceptable | None) -> None:
    def test(student: Student, rng: np.random.Generator) -> None:
        case = draw(layer, rng)
        message = faults(case, call(student, case), also).get(output)
        if message:
            raise CheckFailed(message)

    _add(test, layer.forward, f"value_of_{output}", weight, "")


def _called_again_test(layer: Layer, also: Acceptable | None) -> None:
    def test(student: Student, rng: np.random.Generator) -> None:
        one, other, usual = draw(layer, rng, N=3), draw(layer, rng, N=3), draw(layer, rng)
        first, second, again = (call(student, case) for case in (one, other, one))
        for name in layer.outputs:
            before = first[name]
            if is_array(before) and np.all(np.isfinite(before)) and not agree(again[name], before.astype(np.float64)):
                raise CheckFailed(f"{name}: the same call gives another result the second time: what does it keep?")
        ordinary = faults(usual, call(student, usual), also)
        _blame(faults(other, second, also), ordinary, layer)
        _blame(faults(one, again, also), ordinary, layer)

    _add(test, layer.forward, "called_again", CORNER, "A call must not depend on the calls before it")


def call(student: Student, case: Case) -> dict[str, Any]:
    """Call the forward function; its outputs by name."""
    names = case.layer.outputs
    arguments = [case.inputs[name] for name in case.layer.inputs]
    returned = student.call(case.layer.forward, *arguments, returns=(*names, "cache"))
    return dict(zip(names, returned, strict=False))


def faults(case: Case, outputs: dict[str, Any], also: Acceptable | None) -> dict[str, str]:
    """A message for each of the outputs that is wrong."""
    expected, wrong = case.expected(), {}
    for name in case.layer.outputs:
        accepted = [expected[name], *(also(case, name, outputs) if also else [])]
        if not any(agree(outputs[name], value) for value in accepted):
            wrong[name] = describe(name, outputs[name], expected[name], case, value_alternatives(case, name))
    return wrong


def _blame(wrong: dict[str, str], ordinary: dict[str, str], layer: Layer) -> None:
    """Raise for outputs that are wrong here and right in the ordinary case, or for any if none is right there."""
    for name, message in wrong.items():
        if name not in ordinary or len(ordinary) == len(layer.outputs):
            raise CheckFailed(message)


def backward_tests(layer: Layer) -> None:
    """Add the tests that every backward function gets."""
    for gradient in layer.gradients:
        _gradient_test(layer, gradient)

    def add(name: str, case: Draw, hint: str) -> None:
        backward_test(layer, name, case, hint=hint)

    add("other_sizes", lambda rng: draw(layer, rng, N=7, D=2, H=3, T=4), "Here N = 7, D = 2, H = 3")
    add("one_sample", lambda rng: draw(layer, rng, N=1, D=4), "Here the batch is one sample")
    add("float32_inputs", lambda rng: draw(layer, rng, D=5).as_type("float32"), "Here all arrays are float32")
    add("inputs_strided_and_transposed", lambda rng: draw(layer, rng, N=3, D=6).laid_out(0), NOT_CONTIGUOUS)
    add("inputs_transposed_and_strided", lambda rng: draw(layer, rng, N=3, D=6).laid_out(1), NOT_CONTIGUOUS)
    add("large_activations", partial(draw_large, layer), SATURATED)
    hint = f"Here {layer.forward} was called twice before the first result was taken back"
    backward_test(layer, "two_caches_at_once", partial(draw, layer, N=3), partial(draw, layer, N=3), hint=hint)
    _zeros_test(layer)


def _gradient_test(layer: Layer, gradient: str) -> None:
    def test(student: Student, rng: np.random.Generator) -> None:
        Attempt(student, draw(layer, rng)).go_back().assert_right([gradient])

    _add(test, layer.backward, f"gradient_{gradient}", 3.0, "")


def _zeros_test(layer: Layer) -> None:
    """Zeros come out where zeros come in, and nothing but zeros does not count as an answer."""

    def test(student: Student, rng: np.random.Generator) -> None:
        case = draw(layer, rng)
        ordinary = Attempt(student, case).go_back()
        names = ordinary.right or layer.gradients
        ordinary.assert_right(names)
        Attempt(student, case.with_upstream(np.zeros_like)).go_back().assert_right(names)

    arguments = " and ".join(layer.upstream)
    _add(test, layer.backward, "zeros_from_above", CORNER, f"With zeros for {arguments}, all gradients are zero")


def _add(test: Callable[[Student, np.random.Generator], None], group: str, name: str, weight: float, hint: str) -> None:
    test.__name__ = name
    hidden_test(group, weight=weight, hint=hint)(test)

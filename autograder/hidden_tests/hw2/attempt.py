"""A student's forward and backward function on one case, judged so that no mistake is paid for twice.

A backward function works on what its forward function kept. Where that forward function is wrong, the right gradients
are not the only right answer: the backward function may fit the student's own forward pass. `Attempt` accepts then

- the reference's gradients (the student computes things anew),
- right formulas on the student's own values,
- the gradients of the student's own forward function, taken numerically,

and for sequences what the backward function makes of the caches of single steps, as a plain list, which is what most
solutions keep. A forward function that does not compute anything (a constant, one of its inputs) earns none of this.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from autograder.errors import CheckFailed, StudentError
from autograder.hidden_tests.hw2.reference import Array, Values, unroll
from autograder.hidden_tests.hw2.support import Case, agree, describe, draw, gradient_alternatives
from autograder.kernel import wire
from autograder.student import Student

DIRECTIONS = 3
"""Along how many random directions a derivative is tried."""
MOST_CALLS = 150
"""How many calls a whole numerical gradient may cost; it is only taken to word a message."""
SAMPLES, RESEMBLANCE = 12, 0.3
"""On how many cases a forward function is compared with the right one, and the correlation that it must have there."""
LARGEST = 1e6
"""Beyond this no gradient of these cases can be right, and squares would overflow."""


class Attempt:
    """One pass forward and, by `go_back`, backward.

    Whatever the student's functions raise is kept and raised by `assert_right`.

    Parameters
    ----------
    student : Student
        Whose functions to call.
    case : Case
        What to call them on.

    Attributes
    ----------
    outputs : dict
        What the forward function returned; empty if it failed.
    results : list of dict
        What the backward function returned; empty if it failed or was not called yet.
    """

    def __init__(self, student: Student, case: Case) -> None:
        self.student = student
        self.case = case
        self.layer = case.layer
        self.outputs: dict[str, Any] = {}
        self.results: list[dict[str, Any]] = []
        self._failed: StudentError | None = None
        self._forgiving = False
        try:
            self.outputs, self._cache = forward(student, case)
        except StudentError as error:
            self._failed = error

    def go_back(self) -> Attempt:
        """Call the backward function, once: a solution may use up what is in its cache."""
        if self._failed is None:
            try:
                self.results = [backward(self.student, self.case, self._cache)]
            except StudentError as error:
                self._failed = error
        if not self.results and not self.forward_is_right:
            # A forward function that fails or is wrong may leave a cache that no right backward function can use.
            self.results = self._results_from_step_caches
        return self

    def forgive(self) -> None:
        """Judge again, knowing that the forward function is wrong on other cases, if not on this one."""
        self._forgiving = True
        self.results = self.results or self._results_from_step_caches
        self.__dict__.pop("right", None)

    @cached_property
    def forward_is_right(self) -> bool:
        expected = self.case.expected()
        return all(agree(self.outputs.get(name), expected[name]) for name in self.layer.outputs)

    @property
    def forward_gave_numbers(self) -> bool:
        """Whether there is a forward pass at all to go back from."""
        values = list(self.outputs.values())
        return bool(values) and all(is_array(value) and bool(np.all(np.isfinite(value))) for value in values)

    @cached_property
    def right(self) -> tuple[str, ...]:
        """The gradients that are right, by any of the readings above."""
        if not self.results:
            return ()
        return tuple(name for name in self.layer.gradients if self._is_right(name))

    def assert_right(self, names: Sequence[str]) -> None:
        """Raise a `StudentError` if one of these gradients is wrong."""
        if not self.results and self._failed is not None:
            raise self._failed
        for name in names:
            if name not in self.right:
                raise CheckFailed(self._describe(name))

    def _is_right(self, name: str) -> bool:
        if agree(self.results[0][name], self._expected[name]):
            return True
        if self.forward_is_right and not self._forgiving:
            return False
        results = [*self.results, *self._results_from_step_caches]
        accepted = [self._expected[name], *(values[name] for values in self._from_own)]
        if any(agree(result[name], value) for result in results for value in accepted):
            return True
        return self._is_derivative(name, self.results[0][name])

    def _describe(self, name: str) -> str:
        expected, note = self._expected[name], ""
        if not self.forward_is_right:
            note = f" (the result of {self.layer.forward} is wrong as well: begin there)"
        own = self._derivative(name)
        if own is not None:
            expected, note = own, f" (compared with the numerical gradient of your own {self.layer.forward})"
        return describe(name, self.results[0][name], expected, self.case, gradient_alternatives(self.case, name)) + note

    @cached_property
    def _expected(self) -> Values:
        return self.case.expected_gradients()

    @cached_property
    def _implemented(self) -> bool:
        """Whether a forward pass with a mistake is a forward pass at all."""
        if self.forward_is_right:
            return False
        expected = self.case.expected()
        for name in self.layer.outputs:
            got: Any = self.outputs.get(name)
            if not is_computed(got, expected[name].shape) or _trivial(got, self.case.inputs):
                return False
        return self._is_known_mistake or self._resembles

    @cached_property
    def _is_known_mistake(self) -> bool:
        mistakes = self.layer.forward_mistakes(self.case.exact(self.case.inputs)).values()
        return any(
            all(agree(self.outputs[name], values[name]) for name in self.layer.outputs)
            for values in map(_computed, mistakes)
            if values
        )

    @cached_property
    def _resembles(self) -> bool:
        """Whether what the forward function returns goes up and down with what it should.

        One that is made up so that its gradients are easy to write does not, and earns nothing by them. The numbers
        are new and the sizes those of the case, so that the function cannot tell the occasions apart.
        """
        *steps, N, D = self.case.inputs["x"].shape
        sizes = {"N": max(N, 3), "D": D, "H": self.case.inputs["Wh"].shape[0], **({"T": steps[0]} if steps else {})}
        rng = np.random.default_rng([int(1e6 * abs(number)) for number in self.case.inputs["b"]])
        pairs: dict[str, list[tuple[Array, Array]]] = {name: [] for name in self.layer.outputs}
        for case in (draw(self.layer, rng, **sizes) for _ in range(SAMPLES)):
            try:
                outputs, _ = forward(self.student, case)
            except StudentError:
                return False
            for name, expected in case.expected().items():
                if name in pairs:
                    if not is_computed(outputs[name], expected.shape):
                        return False
                    pairs[name].append((_without_mean(outputs[name]), _without_mean(expected)))
        return all(_correlation(both) > RESEMBLANCE for both in pairs.values())

    @cached_property
    def _from_own(self) -> list[Values]:
        """What right formulas make of the student's own forward pass."""
        if not self._implemented:
            return []
        own = {name: np.asarray(self.outputs[name], np.float64) for name in self.layer.outputs}
        with np.errstate(all="ignore"):
            return self.layer.from_own(self.case.exact(self.case.inputs), own, self.case.exact(self.case.upstream))

    @cached_property
    def _results_from_step_caches(self) -> list[dict[str, Any]]:
        """The backward function of a sequence on a list of the caches of its steps; empty if that does not work."""
        step = self.layer.step
        if step is None:
            return []
        caches = []

        def one(inputs: Values) -> Values:
            outputs, cache = forward(self.student, Case(step, inputs, {}))
            if not all(is_array(value, inputs["prev_h"].shape) for value in outputs.values()):
                raise CheckFailed(f"{step.forward} does not return arrays of the right shape")
            caches.append(cache)
            return outputs

        states = {name: name.replace("prev", "next") for name in step.inputs if name.startswith("prev")}
        try:
            unroll(one, self.case.inputs, states)
            return [backward(self.student, self.case, caches)]
        except StudentError:
            return []

    def _is_derivative(self, name: str, got: Any) -> bool:
        """Whether `got` is the derivative of the student's own forward function, tried along random directions."""
        into = self.case.inputs[name[1:]]
        if not self._implemented or not is_array(got, into.shape) or not np.all(np.abs(got) < LARGEST):
            return False
        if _trivial(got, self.case.upstream):
            return False
        rng = np.random.default_rng(0)
        try:
            for _ in range(DIRECTIONS):
                direction = rng.normal(size=into.shape)
                slope, rounding = self._slope(name[1:], direction)
                tolerance = 1e-5 * (1 + float(np.linalg.norm(got))) + rounding
                if not abs(float(np.sum(got * direction)) - slope) <= tolerance:
                    return False
        except StudentError:
            return False
        return True

    def _derivative(self, name: str) -> Array | None:
        """The derivative of the student's own forward function, where that is wrong and its derivative can be told."""
        into = self.case.inputs[name[1:]]
        if not self._implemented or 2 * into.size > MOST_CALLS:
            return None
        result = np.zeros(into.shape)
        try:
            for at in np.ndindex(into.shape):
                direction = np.zeros(into.shape)
                direction[at] = 1
                result[at], _ = self._slope(name[1:], direction)
        except StudentError:
            return None
        usable = bool(np.all(np.abs(result) < LARGEST)) and not _trivial(result, self.case.upstream)
        return result if usable else None

    def _slope(self, into: str, direction: Array) -> tuple[float, float]:
        """d/dh of sum(upstream * forward(input + h direction)), by a central difference, and its rounding error."""
        exact = self.case.exact(self.case.inputs)
        h = 1e-5 / max(1.0, *(float(np.abs(array).max()) for array in exact.values()))
        above, below = (self._loss(exact | {into: exact[into] + sign * h * direction}) for sign in (1, -1))
        return (above - below) / (2 * h), 1e-14 * max(abs(above), abs(below)) / h

    def _loss(self, inputs: Values) -> float:
        outputs, _ = forward(self.student, Case(self.layer, inputs, {}))
        loss = 0.0
        for name in self.layer.outputs:
            upstream = self.case.upstream[f"d{name}"]
            if not is_array(outputs[name], upstream.shape) or not np.all(np.abs(outputs[name]) < LARGEST):
                raise CheckFailed(f"{self.layer.forward} does not return numbers of the right shape each time")
            loss += float(np.sum(outputs[name] * upstream))
        return loss


def forward(student: Student, case: Case) -> tuple[dict[str, Any], Any]:
    """Call the forward function; return its outputs by name, and the cache.

    Results in another order are recognised by their shapes: that mistake is the forward test's business.
    """
    names = (*case.layer.outputs, "cache")
    returned = student.call(case.layer.forward, *(case.inputs[name] for name in case.layer.inputs), returns=names)
    shape = (*case.inputs["x"].shape[:-1], case.inputs["Wh"].shape[0])
    for order in itertools.permutations(returned):
        if all(is_array(value, shape) for value in order[:-1]):
            return dict(zip(case.layer.outputs, order[:-1], strict=True)), order[-1]
    return dict(zip(case.layer.outputs, returned[:-1], strict=True)), returned[-1]


def backward(student: Student, case: Case, cache: Any) -> dict[str, Any]:
    """Call the backward function once; return its gradients by name."""
    upstream = [case.upstream[name] for name in case.layer.upstream]
    try:
        returned = student.call(case.layer.backward, *upstream, cache, returns=case.layer.gradients)
    except wire.WireError as error:
        raise CheckFailed(f"{case.layer.forward} returned a cache that is too large") from error
    return dict(zip(case.layer.gradients, returned, strict=True))


def is_array(value: Any, shape: tuple[int, ...] | None = None) -> bool:
    """Whether a value is an array of real numbers, and of this shape if one is given."""
    return isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and shape in (None, value.shape)


def is_computed(value: Any, shape: tuple[int, ...]) -> bool:
    """Whether a value is an array of this shape, finite, and not the same number everywhere."""
    if not is_array(value, shape) or not np.all(np.abs(value.astype(np.float64)) < LARGEST):
        return False
    return bool(np.ptp(value.astype(np.float64)) > 1e-3)


def _computed(mistake: Callable[[], Values]) -> Values:
    """What a mistake makes of a case; nothing where it cannot be made there."""
    try:
        with np.errstate(all="ignore"):
            return mistake()
    except (ValueError, IndexError, KeyError):
        return {}


def _correlation(pairs: list[tuple[Array, Array]]) -> float:
    one, other = (np.concatenate(side).astype(np.float64) for side in zip(*pairs, strict=True))
    return float(np.corrcoef(one, other)[0, 1]) if np.ptp(one) > 1e-6 else 0.0


def _without_mean(value: Array) -> Array:
    """What differs between the samples of a batch: the bias, which all of them share, is no sign of a forward pass."""
    numbers = value.astype(np.float64)
    return (numbers - numbers.mean(axis=-2, keepdims=True)).ravel()


def _trivial(value: Array, given: Values) -> bool:
    """Whether a value is zero, or one of the values that the function was given."""
    return not np.any(np.abs(value) > 1e-6) or any(agree(value, array) for array in given.values())

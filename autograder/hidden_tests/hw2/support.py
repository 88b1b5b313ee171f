"""Drawing inputs, comparing values, wording what is wrong: shared by all hidden tests of this homework."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from autograder.hidden_tests.hw2.mistakes import Mistakes
from autograder.hidden_tests.hw2.reference import Array, Values, weights
from autograder.kernel.wire import Handle
from autograder.student import kind_of
from utils.diagnosis import explain

RTOL, ATOL = 2e-5, 5e-6
"""Wide enough for a solution that computes in float32 (nobody asked for float64), far too tight for float16."""


Alternatives = dict[str, Callable[[], Array]]
"""From a mistake in words to what computes the value that it gives."""


@dataclass(frozen=True)
class Layer:
    """A forward function of the homework, the backward function that goes with it, and what both should compute."""

    forward: str
    backward: str
    inputs: tuple[str, ...]
    """The arguments of `forward`, in order; ``d`` in front of each is a result of `backward`."""
    outputs: tuple[str, ...]
    """What `forward` returns before the cache; ``d`` in front of each is an argument of `backward`."""
    values: Callable[[Values], Values]
    """The right outputs, from the inputs."""
    derivative: Callable[[Values, Values], Values]
    """The right gradients, from the inputs and the upstream gradients."""
    forward_mistakes: Callable[[Values], Mistakes]
    backward_mistakes: Callable[[Values, Values], Mistakes]
    from_own: Callable[[Values, Values, Values], list[Values]]
    """What right formulas may make of a forward pass with a mistake: inputs, its outputs, upstream -> gradients."""
    gates: str | None = None
    """The gates whose blocks lie side by side in the parameters."""
    step: Layer | None = None
    """For a sequence, the layer that does one step of it."""

    @property
    def gradients(self) -> tuple[str, ...]:
        return tuple(f"d{name}" for name in self.inputs)

    @property
    def upstream(self) -> tuple[str, ...]:
        return tuple(f"d{name}" for name in self.outputs)


@dataclass(frozen=True)
class Case:
    """One set of numbers to try a layer on."""

    layer: Layer
    inputs: Values
    upstream: Values

    @property
    def batch(self) -> int:
        return self.inputs["x"].shape[-2]

    @property
    def steps(self) -> int | None:
        return len(self.inputs["x"]) if self.layer.step else None

    def expected(self) -> Values:
        """The right outputs, in float64."""
        return self.layer.values(self.exact(self.inputs))

    def expected_gradients(self) -> Values:
        """The right gradients, in float64."""
        return self.layer.derivative(self.exact(self.inputs), self.exact(self.upstream))

    def with_upstream(self, change: Callable[[Array], Array]) -> Case:
        """The same inputs, other gradients from above."""
        return replace(self, upstream={name: change(grad) for name, grad in self.upstream.items()})

    def as_type(self, dtype: str) -> Case:
        """The same case in another precision."""
        return self._each(lambda at, array: array.astype(dtype))

    def laid_out(self, first: int) -> Case:
        """The same case with arrays that are not C-contiguous: Fortran order and every second element in turn."""
        return self._each(lambda at, array: np.asfortranarray(array) if (at + first) % 2 else _every_second(array))

    def _each(self, change: Callable[[int, Array], Array]) -> Case:
        inputs = {name: change(at, array) for at, (name, array) in enumerate(self.inputs.items())}
        upstream = {name: change(at, array) for at, (name, array) in enumerate(self.upstream.items())}
        return replace(self, inputs=inputs, upstream=upstream)

    @staticmethod
    def exact(values: Values) -> Values:
        return {name: np.ascontiguousarray(array, dtype=np.float64) for name, array in values.items()}


def _every_second(array: Array) -> Array:
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def draw(layer: Layer, rng: np.random.Generator, N: int = 2, D: int = 3, H: int = 4, T: int = 5) -> Case:
    """Draw a case of these sizes.

    The sizes unless given all differ, and are small: where a numerical gradient is asked for, each number of an input
    costs two calls.
    """
    columns = H * len(layer.gates or " ")
    time = (T,) if layer.step else ()
    x = rng.normal(size=(*time, N, D))
    shapes = {"prev_h": (N, H), "prev_c": (N, H), "h0": (N, H), "Wx": (D, columns), "Wh": (H, columns), "b": (columns,)}
    scales = {"Wx": 0.6, "Wh": 0.6, "b": 0.7}
    inputs = {"x": x} | {
        name: rng.normal(size=shapes[name]) * scales.get(name, 1.0) for name in layer.inputs if name != "x"
    }
    return Case(layer, inputs, {name: rng.normal(size=(*time, N, H)) for name in layer.upstream})


def draw_large(layer: Layer, rng: np.random.Generator) -> Case:
    """Draw three samples: an ordinary one, one that saturates softly, and one that overflows a careless exponential.

    The third stays away from where float32 would lose the digits of a large sum: each of its activations is far out,
    some of each gate on one side and some on the other.
    """
    case = draw(layer, rng, N=3, D=6)
    x, Wx = case.inputs["x"], case.inputs["Wx"]
    x[..., 1, :] *= 8

    def far_out(row: Array) -> bool:
        z = (row @ Wx).reshape(len(layer.gates or " "), -1)
        return bool(np.abs(z).min() > 50 and z.max(axis=1).min() > 800 and z.min(axis=1).max() < -800)

    for at in np.ndindex(x.shape[:-2]):
        # About every second row is far out.
        rows = 1e4 * rng.normal(size=(200, x.shape[-1]))
        x[at][2] = next(filter(far_out, rows), rows[0])
    return case


def agree(got: Any, expected: Array) -> bool:
    """Whether a student's value is the expected one: shape, and numbers to the precision of float32."""
    if not isinstance(got, (np.ndarray, np.generic)) or got.dtype.kind not in "biuf" or got.shape != expected.shape:
        return False
    with np.errstate(all="ignore"):
        # Written so that nan agrees with nothing.
        return bool(np.all(np.abs(got.astype(np.float64) - expected) <= _atol(expected) + RTOL * np.abs(expected)))


def _atol(expected: Array) -> float:
    """Rounding errors of a sum are relative to its terms, whose size the typical number of an array stands for."""
    size = float(np.sqrt(np.mean(expected**2))) if expected.size else 0.0
    return ATOL * max(1.0, size)


def describe(name: str, got: Any, expected: Array, case: Case, alternatives: Alternatives) -> str:
    """Say what is wrong with a value that does not agree with the expected one."""
    if isinstance(got, Handle):
        return f"{name}: expected an array of shape {expected.shape}, got {kind_of(got)}"
    of_parameter = name in {f"d{weight}" for weight in weights(case.inputs)}
    message = explain(
        name,
        got,
        expected,
        rtol=RTOL,
        atol=_atol(expected),
        batch=case.batch,
        steps=case.steps,
        gates=case.layer.gates if of_parameter else None,
        alternatives=alternatives,
    )
    return message or f"{name}: the values differ from the expected ones"


def _one(compute: Callable[[], Values], name: str) -> Array:
    return compute()[name]


def value_alternatives(case: Case, name: str) -> Alternatives:
    """What known mistakes make of an output."""
    mistakes = case.layer.forward_mistakes(case.exact(case.inputs))
    return {message: partial(_one, compute, name) for message, compute in mistakes.items()}


def gradient_alternatives(case: Case, name: str) -> Alternatives:
    """What known mistakes make of a gradient, and the other gradients, for results in another order."""
    right = case.expected_gradients()
    alternatives: Alternatives = {
        f"this is {other}; return {', '.join(case.layer.gradients)}, in this order": partial(right.__getitem__, other)
        for other in right
        if other != name
    }
    mistakes = case.layer.backward_mistakes(case.exact(case.inputs), case.exact(case.upstream))
    alternatives |= {message: partial(_one, compute, name) for message, compute in mistakes.items()}
    for bound in (0.1, 0.5, 1, 2, 5, 10):
        alternatives[f"it is clipped to [-{bound}, {bound}]"] = partial(np.clip, right[name], -bound, bound)
    return alternatives

"""What typical mistakes in one step compute, so that a message can name the mistake.

Each function returns a dictionary: the mistake in words, and what computes the values that it gives.
Most mistakes are the right formulas of `reference` on something altered: inputs, activations, slopes, order of steps.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from autograder.hidden_tests.hw2 import reference
from autograder.hidden_tests.hw2.reference import (
    GATES,
    Array,
    StepBackward,
    StepFunction,
    Values,
)

Mistakes = dict[str, Callable[[], Values]]

CLIPS = (1, 2, 3, 4, 5, 6, 8, 10)
_GATE_NAMES = {"f": "forget gate", "i": "input gate", "c": "candidate", "o": "output gate"}


def _identity(z: Array) -> Array:
    return z


def _relu(z: Array) -> Array:
    return np.maximum(z, 0)


def _clipped(squash: Callable[[Array], Array], bound: int, z: Array) -> Array:
    return squash(np.clip(z, -bound, bound))


def altered_weights(inputs: Values) -> dict[str, Values]:
    """Inputs that turn the right forward pass into one with a mistake in the affine part."""
    altered = {
        "the bias b is missing": {"b": 0 * inputs["b"]},
        "the bias b is added twice": {"b": 2 * inputs["b"]},
        "the bias b is subtracted": {"b": -inputs["b"]},
        "the term with Wh is missing": {"Wh": 0 * inputs["Wh"]},
        "the term with Wx is missing": {"Wx": 0 * inputs["Wx"]},
    }
    H, columns = inputs["Wh"].shape
    if columns == H:
        altered["Wh is transposed"] = {"Wh": inputs["Wh"].T}
    else:
        woven = np.arange(columns).reshape(H, len(GATES)).T.ravel()
        message = "each gate is taken from every fourth column; the gates lie side by side, H columns each"
        altered[message] = {name: inputs[name][..., woven] for name in ("Wx", "Wh", "b")}
    return {message: inputs | change for message, change in altered.items()}


# One step forward. The values are whole activations, so that `support` can also ask what their gradients would be.


def _rnn_steps() -> dict[str, StepFunction]:
    squashes = {
        "tanh is missing": _identity,
        "the sigmoid stands where tanh belongs": reference.sigmoid,
        "relu stands where tanh belongs": _relu,
        "tanh is taken twice": lambda z: np.tanh(np.tanh(z)),
    }
    for bound in CLIPS:
        squashes[f"the input of tanh is clipped to [-{bound}, {bound}]"] = partial(_clipped, np.tanh, bound)
    return {message: partial(reference.rnn_step, squash=squash) for message, squash in squashes.items()}


def _lstm_steps() -> dict[str, StepFunction]:
    steps: dict[str, StepFunction] = {}
    for order in map("".join, itertools.permutations(GATES)):
        if order != GATES:
            message = f"the gates are taken in the order {_spell(order)} instead of {_spell(GATES)}"
            steps[message] = partial(reference.lstm_step, order=order)
    squashes: dict[str, dict[str, Callable[[Array], Array]]] = {
        "tanh is missing around the cell state in next_h = o * tanh(next_c)": {"cell": _identity},
        "the sigmoid stands around the cell state where tanh belongs": {"cell": reference.sigmoid},
        "the sigmoid is taken of the candidate, where tanh belongs": {"c": reference.sigmoid},
        "tanh is missing around the candidate": {"c": _identity},
        "the output gate is missing": {"o": np.ones_like},
        "the forget gate is missing: next_c = prev_c + i * c~": {"f": np.ones_like},
        "the input gate is missing: next_c = f * prev_c + c~": {"i": np.ones_like},
        "all four gates go through tanh; f, i and o need the sigmoid": dict.fromkeys("fio", np.tanh),
        "1 is added to the forget gate's input": {"f": lambda z: reference.sigmoid(z + 1)},
    }
    for bound in CLIPS:
        clipped = {gate: partial(_clipped, squash, bound) for gate, squash in reference.SQUASHES.items()}
        squashes[f"the gates' inputs are clipped to [-{bound}, {bound}]"] = clipped | {"cell": np.tanh}
    for gate in "fio":
        squashes[f"tanh is taken of the {_GATE_NAMES[gate]}, where the sigmoid belongs"] = {gate: np.tanh}
        squashes[f"the sigmoid is missing around the {_GATE_NAMES[gate]}"] = {gate: _identity}
    for message, squash in squashes.items():
        steps[message] = partial(reference.lstm_step, squash=squash)
    return steps


def _spell(order: str) -> str:
    return ", ".join("c~" if gate == "c" else gate for gate in order)


def _with(step: StepFunction, **change: Callable[[Values], Array]) -> StepFunction:
    """The step with some of its results put together anew from all of them."""

    def changed(inputs: Values) -> Values:
        values = step(inputs)
        for name, compute in change.items():
            values[name] = compute(inputs | values)
        return values

    return changed


RNN_STEPS = _rnn_steps() | {
    "tanh is taken of x @ Wx alone: its bracket closes too early": lambda v: {
        "next_h": np.tanh(v["x"] @ v["Wx"]) + v["prev_h"] @ v["Wh"] + v["b"]
    },
    "the bias is added outside of tanh": lambda v: {
        "next_h": np.tanh(v["x"] @ v["Wx"] + v["prev_h"] @ v["Wh"]) + v["b"]
    },
}
LSTM_STEPS = _lstm_steps() | {
    "the previous cell state is missing: next_c = i * c~": lambda v: reference.lstm_step(
        v | {"prev_c": 0 * v["prev_c"]}
    ),
    "prev_h stands where prev_c belongs": lambda v: reference.lstm_step(v | {"prev_c": v["prev_h"]}),
    "prev_h and prev_c are swapped": lambda v: reference.lstm_step(v | {"prev_h": v["prev_c"], "prev_c": v["prev_h"]}),
    "next_h is computed from prev_c, not from next_c": _with(
        reference.lstm_step, next_h=lambda v: v["o"] * np.tanh(v["prev_c"])
    ),
    "f and i add up to 1 (i is replaced by 1 - f)": _with(
        reference.lstm_step,
        next_c=lambda v: v["f"] * v["prev_c"] + (1 - v["f"]) * v["c"],
        next_h=lambda v: v["o"] * np.tanh(v["f"] * v["prev_c"] + (1 - v["f"]) * v["c"]),
    ),
    "the new part, i * c~, is missing in next_c": _with(
        reference.lstm_step,
        next_c=lambda v: v["f"] * v["prev_c"],
        next_h=lambda v: v["o"] * np.tanh(v["f"] * v["prev_c"]),
    ),
    "next_h and next_c are swapped: return next_h, next_c, cache": lambda v: _swapped(reference.lstm_step(v)),
}


def _swapped(values: Values) -> Values:
    return values | {"next_h": values["next_c"], "next_c": values["next_h"]}


# One step backward: variants of the right formulas.


def _rnn_slope(slope: Callable[[Values], Array]) -> StepBackward:
    return lambda i, a, u: reference.rnn_step_backward(i, a, u, slope(i | a))


RNN_BACKWARDS: dict[str, StepBackward] = {
    "the derivative of tanh, 1 - next_h**2, is missing": _rnn_slope(lambda v: np.ones_like(v["next_h"])),
    "the derivative of tanh is 1 - next_h**2, not next_h**2": _rnn_slope(lambda v: v["next_h"] ** 2),
    "the derivative of tanh is 1 - next_h**2; the square is missing": _rnn_slope(lambda v: 1 - v["next_h"]),
    "the derivative of tanh is 1 - next_h**2; here its sign is lost": _rnn_slope(lambda v: 1 + v["next_h"] ** 2),
    "the sigmoid's derivative, h * (1 - h), stands where that of tanh, 1 - h**2, belongs": _rnn_slope(
        lambda v: v["next_h"] * (1 - v["next_h"])
    ),
    "the derivative of tanh is taken at prev_h, not at next_h": _rnn_slope(lambda v: 1 - v["prev_h"] ** 2),
    "next_h is already a tanh: its derivative is 1 - next_h**2, not 1 - tanh(next_h)**2": _rnn_slope(
        lambda v: 1 - np.tanh(v["next_h"]) ** 2
    ),
    "the derivative of tanh is 1 - h**2 at the state h, not at what goes into tanh": _rnn_slope(
        lambda v: 1 - np.arctanh(v["next_h"]) ** 2
    ),
    "the derivative of tanh is applied twice": _rnn_slope(lambda v: (1 - v["next_h"] ** 2) ** 2),
    "next_h stands where prev_h belongs": lambda i, a, u: reference.rnn_step_backward(
        i | {"prev_h": a["next_h"]}, a, u
    ),
    "Wh must be transposed": lambda i, a, u: reference.rnn_step_backward(i | {"Wh": i["Wh"].T}, a, u),
    "only the first sample of the batch is used": lambda i, a, u: reference.rnn_step_backward(i, a, _first_row(u)),
    "only the last sample of the batch is used": lambda i, a, u: reference.rnn_step_backward(i, a, _last_row(u)),
    "dnext_h is handed on as it came, without passing through the step": lambda i, a, u: (
        reference.rnn_step_backward(i, a, u) | {"dprev_h": u["dnext_h"]}
    ),
}


def _clipped_in_the_step(bound: float, inputs: Values, activations: Values, upstream: Values) -> Values:
    da = np.clip(upstream["dnext_h"] * (1 - activations["next_h"] ** 2), -bound, bound)
    return reference.rnn_step_backward(inputs, activations, {"dnext_h": da}, slope=np.ones_like(da))


for _bound in (0.1, 0.5, 1, 5):
    RNN_BACKWARDS[f"the gradient is clipped to [-{_bound}, {_bound}] in the step"] = partial(
        _clipped_in_the_step, _bound
    )


def _first_row(upstream: Values) -> Values:
    return {name: np.concatenate([grad[:1], 0 * grad[1:]]) for name, grad in upstream.items()}


def _last_row(upstream: Values) -> Values:
    return {name: np.concatenate([0 * grad[:-1], grad[-1:]]) for name, grad in upstream.items()}


def _lstm_slopes(**slopes: Callable[[Values], Array]) -> StepBackward:
    return lambda i, a, u: reference.lstm_step_backward(i, a, u, {name: slope(i | a) for name, slope in slopes.items()})


def _lstm_given(change: Callable[[Values], Values]) -> StepBackward:
    """Right formulas on altered values: `change` sees inputs, activations and upstream gradients."""

    def backward(inputs: Values, activations: Values, upstream: Values) -> Values:
        both = inputs | activations | upstream
        both |= change(both)
        return reference.lstm_step_backward(both, both, both)

    return backward


def _lstm_dprev_c(compute: Callable[[Values], Array]) -> StepBackward:
    return lambda i, a, u: reference.lstm_step_backward(i, a, u) | {"dprev_c": compute(i | a | u)}


def _dc(v: Values) -> Array:
    return v["dnext_c"] + v["dnext_h"] * v["o"] * (1 - np.tanh(v["next_c"]) ** 2)


LSTM_BACKWARDS: dict[str, StepBackward] = {
    "the path through dnext_c is missing": _lstm_given(lambda v: {"dnext_c": 0 * v["dnext_c"]}),
    "dnext_c counts twice": _lstm_given(lambda v: {"dnext_c": 2 * v["dnext_c"]}),
    "the gates are taken as they are before sigmoid and tanh": _lstm_given(
        lambda v: {"c": np.arctanh(v["c"])} | {gate: np.log(v[gate] / (1 - v[gate])) for gate in "fio"}
    ),
    "the path from next_h to the cell state is missing: add dnext_h * o * (1 - tanh(next_c)**2) to dnext_c": (
        _lstm_slopes(cell=lambda v: 0 * v["next_c"])
    ),
    "the derivative of tanh at the cell state, 1 - tanh(next_c)**2, is missing": _lstm_slopes(
        cell=lambda v: np.ones_like(v["next_c"])
    ),
    "the derivative of tanh at the cell state is 1 - tanh(next_c)**2, not 1 - next_c**2": _lstm_slopes(
        cell=lambda v: 1 - v["next_c"] ** 2
    ),
    "the derivative of tanh at the cell state is 1 - tanh(next_c)**2, not 1 - o**2": _lstm_slopes(
        cell=lambda v: 1 - v["o"] ** 2
    ),
    "the derivative of tanh at the cell state is 1 - tanh(next_c)**2, not 1 - next_h**2": _lstm_slopes(
        cell=lambda v: 1 - v["next_h"] ** 2
    ),
    "the derivative of tanh is taken at prev_c, not at next_c": _lstm_slopes(
        cell=lambda v: 1 - np.tanh(v["prev_c"]) ** 2
    ),
    "the output gate is missing on the way from next_h to the cell state": _lstm_slopes(
        cell=lambda v: (1 - np.tanh(v["next_c"]) ** 2) / v["o"]
    ),
    "the derivatives of the sigmoids, such as f * (1 - f), are missing": _lstm_slopes(
        f=lambda v: np.ones_like(v["f"]), i=lambda v: np.ones_like(v["i"]), o=lambda v: np.ones_like(v["o"])
    ),
    "the derivatives of the four gates are missing": _lstm_slopes(
        **dict.fromkeys(GATES, lambda v: np.ones_like(v["f"]))
    ),
    "the derivative of the candidate is 1 - c~**2 (it is a tanh), not c~ * (1 - c~)": _lstm_slopes(
        c=lambda v: v["c"] * (1 - v["c"])
    ),
    "the derivative of the candidate, 1 - c~**2, is missing": _lstm_slopes(c=lambda v: np.ones_like(v["c"])),
    "next_c stands where prev_c belongs (forget gate)": _lstm_given(lambda v: {"prev_c": v["next_c"]}),
    "next_h stands where prev_h belongs": _lstm_given(lambda v: {"prev_h": v["next_h"]}),
    "tanh is missing around next_c in the output gate's gradient": _lstm_slopes(
        o=lambda v: v["o"] * (1 - v["o"]) * v["next_c"] / np.tanh(v["next_c"])
    ),
    "i and c~ are swapped in each other's gradients": _lstm_slopes(
        i=lambda v: v["i"] * (1 - v["i"]) * v["i"] / v["c"], c=lambda v: (1 - v["c"] ** 2) * v["c"] / v["i"]
    ),
    "the path through the forget gate is missing in dprev_c": _lstm_dprev_c(_dc),
    "the path from next_h is missing: only dnext_c is used": _lstm_dprev_c(lambda v: v["dnext_c"] * v["f"]),
    "dnext_c is handed on as it came, without the forget gate": _lstm_dprev_c(lambda v: v["dnext_c"]),
    "dnext_c is missing: only the path from next_h is used": _lstm_dprev_c(lambda v: (_dc(v) - v["dnext_c"]) * v["f"]),
    "the input gate stands where the forget gate belongs": _lstm_dprev_c(lambda v: _dc(v) * v["i"]),
    "only the first sample of the batch is used": _lstm_given(lambda v: _first_row(_arriving(v))),
    "only the last sample of the batch is used": _lstm_given(lambda v: _last_row(_arriving(v))),
}
for _gate in GATES:
    LSTM_BACKWARDS[f"the path through the {_GATE_NAMES[_gate]} is missing"] = _lstm_slopes(
        **{_gate: lambda v: 0 * v["f"]}
    )
for _gate in "fio":
    LSTM_BACKWARDS[f"the derivative of the {_GATE_NAMES[_gate]}, {_gate} * (1 - {_gate}), is missing"] = _lstm_slopes(
        **{_gate: lambda v: np.ones_like(v["f"])}
    )
    LSTM_BACKWARDS[f"the derivative of the {_GATE_NAMES[_gate]} is that of a sigmoid, not that of tanh"] = _lstm_slopes(
        **{_gate: lambda v, g=_gate: 1 - v[g] ** 2}
    )
    LSTM_BACKWARDS[f"the sigmoid is taken of the {_GATE_NAMES[_gate]} a second time in its derivative"] = _lstm_slopes(
        **{_gate: lambda v, g=_gate: reference.sigmoid(v[g]) * (1 - reference.sigmoid(v[g]))}
    )


def _arriving(values: Values) -> Values:
    return {name: values[name] for name in ("dnext_h", "dnext_c")}


def rnn_step_forward(inputs: Values) -> Mistakes:
    """For the values inside `rnn_step_forward`."""
    return _step_forward(inputs, reference.rnn_step, RNN_STEPS)


def lstm_step_forward(inputs: Values) -> Mistakes:
    """For the values inside `lstm_step_forward`."""
    return _step_forward(inputs, reference.lstm_step, LSTM_STEPS)


def _step_forward(inputs: Values, right: StepFunction, variants: Mapping[str, StepFunction]) -> Mistakes:
    altered: Mistakes = {message: partial(right, changed) for message, changed in altered_weights(inputs).items()}
    return altered | {message: partial(step, inputs) for message, step in variants.items()}


def rnn_step_backward(inputs: Values, upstream: Values) -> Mistakes:
    """For the gradients of `rnn_step_backward`."""
    activations = reference.rnn_step(inputs)
    return {message: partial(backward, inputs, activations, upstream) for message, backward in RNN_BACKWARDS.items()}


def lstm_step_backward(inputs: Values, upstream: Values) -> Mistakes:
    """For the gradients of `lstm_step_backward`."""
    activations = reference.lstm_step(inputs)
    return {message: partial(backward, inputs, activations, upstream) for message, backward in LSTM_BACKWARDS.items()}

"""The RNN and the LSTM as the hidden tests expect them: float64, gate by gate, one step at a time, nothing clever.

It shares no code with the notebooks' solutions. Everything goes by name: a layer's inputs, the values inside it (its
activations) and its gradients are dictionaries of arrays. The backward formulas take the activations as an argument,
so that `mistakes` and `support` can ask what right formulas make of a wrong forward pass.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
Values = dict[str, Array]

GATES = "fico"
"""Forget, input, candidate, output: the order in which the homework lays the gates side by side."""

RNN_STATES = {"prev_h": "next_h"}
"""What one step of the RNN hands to the next: the input's name and the output's."""
LSTM_STATES = {"prev_h": "next_h", "prev_c": "next_c"}


@dataclass(frozen=True)
class Step:
    """One step of a sequence: what went into it, and the values inside and behind it."""

    inputs: Values
    activations: Values


StepFunction = Callable[[Values], Values]
StepBackward = Callable[[Values, Values, Values], Values]


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), without exponentials that could overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * z))


SQUASHES: dict[str, Callable[[Array], Array]] = {
    "f": sigmoid, "i": sigmoid, "c": np.tanh, "o": sigmoid, "cell": np.tanh
}  # fmt: skip
"""The function of each gate, and of the cell state on its way to the hidden state."""


def rnn_step(inputs: Values, squash: Callable[[Array], Array] = np.tanh) -> Values:
    """One RNN step, next_h = tanh(x Wx + prev_h Wh + b): (N, D), (N, H), (D, H), (H, H), (H,) -> next_h (N, H)."""
    x, prev_h, Wx, Wh, b = (inputs[name] for name in ("x", "prev_h", "Wx", "Wh", "b"))
    return {"next_h": squash(x @ Wx + prev_h @ Wh + b)}


def rnn_step_backward(inputs: Values, activations: Values, upstream: Values, slope: Array | None = None) -> Values:
    """Gradients of one step, from dnext_h (N, H); `slope` stands in for tanh' = 1 - h**2 where it is given."""
    slope = 1 - activations["next_h"] ** 2 if slope is None else slope
    da = upstream["dnext_h"] * slope
    return {
        "dx": da @ inputs["Wx"].T,
        "dprev_h": da @ inputs["Wh"].T,
        "dWx": inputs["x"].T @ da,
        "dWh": inputs["prev_h"].T @ da,
        "db": da.sum(axis=0),
    }


def lstm_step(
    inputs: Values, order: str = GATES, squash: Mapping[str, Callable[[Array], Array]] | None = None
) -> Values:
    """One LSTM step: next_c = f prev_c + i c~, next_h = o tanh(next_c).

    Parameters
    ----------
    inputs : dict
        x (N, D), prev_h (N, H), prev_c (N, H), Wx (D, 4H), Wh (H, 4H), b (4H,).
    order : str
        Which gate is taken from the first, second, third and fourth quarter of the columns.
    squash : dict, optional
        Other functions for gates ("f", "i", "c", "o") or for the cell state ("cell").

    Returns
    -------
    dict
        The gates under "f", "i", "c", "o"; next_c and next_h. All (N, H).
    """
    functions = SQUASHES | dict(squash or {})
    H = inputs["prev_h"].shape[1]
    z = inputs["x"] @ inputs["Wx"] + inputs["prev_h"] @ inputs["Wh"] + inputs["b"]
    values = {gate: functions[gate](z[:, at * H : (at + 1) * H]) for at, gate in enumerate(order)}
    values["next_c"] = values["f"] * inputs["prev_c"] + values["i"] * values["c"]
    values["next_h"] = values["o"] * functions["cell"](values["next_c"])
    return values


def lstm_slopes(activations: Values) -> Values:
    """The derivative of each gate, and of tanh at the cell state ("cell")."""
    slopes = {gate: activations[gate] * (1 - activations[gate]) for gate in "fio"}
    slopes["c"] = 1 - activations["c"] ** 2
    slopes["cell"] = 1 - np.tanh(activations["next_c"]) ** 2
    return slopes


def lstm_step_backward(inputs: Values, activations: Values, upstream: Values, slopes: Values | None = None) -> Values:
    """Gradients of one step, from dnext_h and dnext_c (both (N, H)); `slopes` stand in for those of `lstm_slopes`."""
    slope = lstm_slopes(activations) | (slopes or {})
    f, i, c, o = (activations[gate] for gate in GATES)
    dc = upstream["dnext_c"] + upstream["dnext_h"] * o * slope["cell"]
    dz = {
        "f": dc * inputs["prev_c"] * slope["f"],
        "i": dc * c * slope["i"],
        "c": dc * i * slope["c"],
        "o": upstream["dnext_h"] * np.tanh(activations["next_c"]) * slope["o"],
    }
    H = f.shape[1]
    blocks = {gate: slice(at * H, (at + 1) * H) for at, gate in enumerate(GATES)}
    return {
        "dx": sum_of(dz[gate] @ inputs["Wx"][:, blocks[gate]].T for gate in GATES),
        "dprev_h": sum_of(dz[gate] @ inputs["Wh"][:, blocks[gate]].T for gate in GATES),
        "dprev_c": dc * f,
        "dWx": np.concatenate([inputs["x"].T @ dz[gate] for gate in GATES], axis=1),
        "dWh": np.concatenate([inputs["prev_h"].T @ dz[gate] for gate in GATES], axis=1),
        "db": np.concatenate([dz[gate].sum(axis=0) for gate in GATES]),
    }


def unroll(step: StepFunction, inputs: Values, states: Mapping[str, str]) -> list[Step]:
    """Run a step over x (T, N, D), from h0 and, where there is one, a cell state of zeros."""
    state = {"prev_h": inputs["h0"], "prev_c": np.zeros_like(inputs["h0"])}
    steps = []
    for x in inputs["x"]:
        given = {"x": x, **{name: state[name] for name in states}, **weights(inputs)}
        steps.append(Step(given, step(given)))
        state = {into: steps[-1].activations[out] for into, out in states.items()}
    return steps


def backpropagate(
    step_backward: StepBackward,
    steps: Sequence[Step],
    dh: Array,
    states: Mapping[str, str],
    carried: Collection[str] | None = None,
) -> list[Values]:
    """Gradients of each single step of a sequence, in the order of time.

    Parameters
    ----------
    step_backward : callable
        Takes a step's inputs, activations and upstream gradients.
    steps : list of Step
        What `unroll` returned.
    dh : ndarray (T, N, H)
        The gradient that arrives at each step from outside.
    states : mapping
        As for `unroll`.
    carried : collection of str, optional
        The states whose gradients are handed to the step before; all of them unless given.
    """
    carried = states if carried is None else carried
    arriving = {name: np.zeros_like(dh[0]) for name in states}
    results: list[Values] = []
    for t in reversed(range(len(steps))):
        upstream = {f"d{out}": arriving[into] for into, out in states.items()}
        upstream["dnext_h"] = upstream["dnext_h"] + dh[t]
        results.insert(0, step_backward(steps[t].inputs, steps[t].activations, upstream))
        arriving = {name: results[0][f"d{name}"] if name in carried else np.zeros_like(dh[0]) for name in states}
    return results


def total(results: Sequence[Values]) -> Values:
    """The sequence's gradients from those of its steps."""
    return {
        "dx": np.stack([result["dx"] for result in results]),
        "dh0": results[0]["dprev_h"],
        **{name: sum_of(result[name] for result in results) for name in ("dWx", "dWh", "db")},
    }


def rnn(inputs: Values) -> Values:
    """States h (T, N, H) of the RNN on x (T, N, D), h0 (N, H)."""
    return {"h": np.stack([step.activations["next_h"] for step in unroll(rnn_step, inputs, RNN_STATES)])}


def lstm(inputs: Values) -> Values:
    """States h (T, N, H) of the LSTM on x (T, N, D), h0 (N, H)."""
    return {"h": np.stack([step.activations["next_h"] for step in unroll(lstm_step, inputs, LSTM_STATES)])}


def rnn_backward(inputs: Values, upstream: Values) -> Values:
    """Backpropagation through time from dh (T, N, H): dx (T, N, D), dh0, dWx, dWh, db."""
    steps = unroll(rnn_step, inputs, RNN_STATES)
    return total(backpropagate(rnn_step_backward, steps, upstream["dh"], RNN_STATES))


def lstm_backward(inputs: Values, upstream: Values) -> Values:
    """Backpropagation through time from dh (T, N, H): dx (T, N, D), dh0, dWx, dWh, db."""
    steps = unroll(lstm_step, inputs, LSTM_STATES)
    return total(backpropagate(lstm_step_backward, steps, upstream["dh"], LSTM_STATES))


def weights(inputs: Values) -> Values:
    """The parameters among a layer's inputs."""
    return {name: inputs[name] for name in ("Wx", "Wh", "b")}


def sum_of(arrays: Iterable[Array]) -> Array:
    """The sum of arrays of one shape."""
    first, *others = arrays
    return sum(others, start=first)

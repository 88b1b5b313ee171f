"""What typical mistakes in a whole sequence compute; `mistakes` has those in one step, which count here as well."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from autograder.hidden_tests.hw2 import reference
from autograder.hidden_tests.hw2.mistakes import (
    LSTM_BACKWARDS,
    LSTM_STEPS,
    RNN_BACKWARDS,
    RNN_STEPS,
    Mistakes,
    altered_weights,
)
from autograder.hidden_tests.hw2.reference import (
    LSTM_STATES,
    RNN_STATES,
    Array,
    Step,
    StepBackward,
    StepFunction,
    Values,
    backpropagate,
    sum_of,
    total,
    unroll,
)


def rnn_forward(inputs: Values) -> Mistakes:
    """For the h of `rnn_forward`."""

    def before_tanh(given: Values) -> Values:
        a = reference.rnn_step(given, lambda z: z)["next_h"]
        return {"next_h": np.tanh(a), "a": a}

    own = {"the state is carried on before tanh": _h(unroll(before_tanh, inputs, {"prev_h": "a"}))}
    general = _forward(inputs, reference.rnn_step, RNN_STATES)
    return general | _known(own) | _with_steps(inputs, RNN_STEPS, RNN_STATES)


def lstm_forward(inputs: Values) -> Mistakes:
    """For the h of `lstm_forward`."""
    h0, right = inputs["h0"], reference.lstm_step

    def reset(given: Values) -> Values:
        return right(given | {"prev_c": 0 * h0})

    def fixed(given: Values) -> Values:
        return right(given | {"prev_h": h0})

    own = {
        "the cell state is not carried from step to step: it starts from zero each time": _h(
            unroll(reset, inputs, {"prev_h": "next_h"})
        ),
        "h0 is used at every step: carry next_h on to the next step": _h(unroll(fixed, inputs, {"prev_c": "next_c"})),
        "next_c is returned where next_h belongs": _h(unroll(right, inputs, LSTM_STATES), "next_c"),
        "the cell state starts from h0; it starts from zero": _h(_from_cell(inputs, h0)),
        "the cell state starts from ones; it starts from zero": _h(_from_cell(inputs, 0 * h0 + 1)),
        "the states that are carried on are swapped: next_h becomes prev_c and next_c becomes prev_h": _h(
            unroll(right, inputs, {"prev_h": "next_c", "prev_c": "next_h"})
        ),
    }
    general = _forward(inputs, right, LSTM_STATES)
    return general | _known(own) | _with_steps(inputs, LSTM_STEPS, LSTM_STATES)


def _with_steps(inputs: Values, variants: Mapping[str, StepFunction], states: Mapping[str, str]) -> Mistakes:
    """Mistakes in a step, made in all of them."""

    def compute(step: StepFunction) -> Values:
        return _h(unroll(step, inputs, states))

    return {message: partial(compute, step) for message, step in variants.items()}


def _known(values: dict[str, Values]) -> Mistakes:
    """Values that are there already."""
    return {message: partial(dict, value) for message, value in values.items()}


def _forward(inputs: Values, step: StepFunction, states: Mapping[str, str]) -> Mistakes:
    """Mistakes that a loop over time can have, whatever the step."""
    h, x, h0 = _h(unroll(step, inputs, states))["h"], inputs["x"], inputs["h0"]
    backwards = _h(unroll(step, inputs | {"x": x[::-1]}, states))["h"]
    alone = [_h(unroll(step, inputs | {"x": x[t : t + 1]}, states))["h"] for t in range(len(x))]
    mistakes = {
        "h0 is ignored: the sequence starts from h0, not from zeros": _h(unroll(step, inputs | {"h0": 0 * h0}, states)),
        "every step starts from the initial state: carry the state on to the next step": {"h": np.concatenate(alone)},
        "the steps run from the last to the first": {"h": backwards[::-1]},
        "the result is in reversed order of time": {"h": h[::-1]},
        "each state stands one step late: h[t] is the state after step t": {"h": np.concatenate([h0[None], h[:-1]])},
        "each state stands one step early": {"h": np.concatenate([h[1:], h[-1:]])},
        "the last step is missing: its states are zero": {"h": np.concatenate([h[:-1], 0 * h[-1:]])},
        "the first step is missing: its states are zero": {"h": np.concatenate([0 * h[:1], h[1:]])},
        "every step reads the input of the first": _h(unroll(step, inputs | {"x": 0 * x + x[0]}, states)),
        "every step reads the input of the last": _h(unroll(step, inputs | {"x": 0 * x + x[-1]}, states)),
        "all steps hold the last state: is one array filled again and again?": {"h": 0 * h + h[-1]},
    }
    if len(x) > 1:
        others = _h(unroll(step, inputs | {"x": x[1:]}, states))["h"]
        mistakes["the first step is passed over, and its state is h0"] = {"h": np.concatenate([h0[None], others])}
        mistakes["the first step is passed over, and its state is zero"] = {"h": np.concatenate([0 * h[:1], others])}
    for message, altered in altered_weights(inputs).items():
        mistakes[message] = _h(unroll(step, altered, states))
    return _known(mistakes)


def _h(steps: list[Step], name: str = "next_h") -> Values:
    return {"h": np.stack([step.activations[name] for step in steps])}


def _from_cell(inputs: Values, cell: Array) -> list[Step]:
    """The LSTM's steps when the cell state starts from `cell`: the first step sees it, the others are unchanged."""
    first = [True]

    def step(given: Values) -> Values:
        given = given | {"prev_c": cell} if first.pop() else given
        first.append(False)
        return reference.lstm_step(given)

    return unroll(step, inputs, LSTM_STATES)


def rnn_backward(inputs: Values, upstream: Values) -> Mistakes:
    """For the gradients of `rnn_backward`."""
    return _backward(inputs, upstream["dh"], reference.rnn_step, RNN_BACKWARDS, reference.rnn_step_backward, RNN_STATES)


def lstm_backward(inputs: Values, upstream: Values) -> Mistakes:
    """For the gradients of `lstm_backward`."""
    dh, states = upstream["dh"], LSTM_STATES
    steps = unroll(reference.lstm_step, inputs, states)
    mistakes = {}
    for message, carried in {
        "the gradient of the cell state is not carried back: hand dprev_c of step t on to step t - 1": ["prev_h"],
        "the gradient of the hidden state is not carried back: add dprev_h of step t + 1 to dh[t]": ["prev_c"],
    }.items():
        mistakes[message] = total(backpropagate(reference.lstm_step_backward, steps, dh, states, carried))
    right = backpropagate(reference.lstm_step_backward, steps, dh, states)
    mistakes["it is the gradient of the initial cell state"] = total(right) | {"dh0": right[0]["dprev_c"]}
    swapped = backpropagate(_exchanged, steps, dh, states)
    mistakes["the two gradients that are carried back stand in each other's place"] = total(swapped) | {
        "dh0": swapped[0]["dprev_c"]
    }
    general = _backward(inputs, dh, reference.lstm_step, LSTM_BACKWARDS, reference.lstm_step_backward, states)
    return _known(mistakes) | general


def _exchanged(inputs: Values, activations: Values, upstream: Values) -> Values:
    grads = reference.lstm_step_backward(inputs, activations, upstream)
    return grads | {"dprev_h": grads["dprev_c"], "dprev_c": grads["dprev_h"]}


def _backward(
    inputs: Values,
    dh: Array,
    step: StepFunction,
    variants: Mapping[str, StepBackward],
    right: StepBackward,
    states: Mapping[str, str],
) -> Mistakes:
    """Mistakes that backpropagation through time can have, whatever the step; then those of the step."""
    steps = unroll(step, inputs, states)
    results = backpropagate(right, steps, dh, states)
    alone = backpropagate(right, steps, dh, states, carried=())
    only_last = np.concatenate([0 * dh[:-1], dh[-1:]])
    doubled = backpropagate(right, steps, 2 * dh, states, carried=())
    mistakes = {
        "each step is on its own: add dprev_h of step t + 1 to dh[t] before going back through step t": total(alone),
        "only dh of the last step is used: dh[t] arrives at every step": total(
            backpropagate(right, steps, only_last, states)
        ),
        "only the first step's contribution is left: add up over the steps, do not overwrite": _only(results, 0),
        "only the last step's contribution is there: add up over all steps": _only(results, -1),
        "the first step's contribution is missing": _without(results, 0),
        "the last step's contribution is missing": _without(results, -1),
        "the steps run forwards in time; gradients flow from the last step to the first": _forwards(
            right, steps, dh, states
        ),
        "the gradients are in reversed order of time": total(results) | {"dx": total(results)["dx"][::-1]},
        "every step holds the gradient of the first: is one array overwritten again and again?": total(results)
        | {"dx": np.stack([results[0]["dx"]] * len(results))},
        "every step is differentiated with the values of the last step": total(
            backpropagate(right, [steps[-1]] * len(steps), dh, states)
        ),
        "every step is differentiated with the values of the first step": total(
            backpropagate(right, [steps[0]] * len(steps), dh, states)
        ),
        "each step is differentiated with the values of the step before": total(
            backpropagate(right, [*steps[-1:], *steps[:-1]], dh, states)
        ),
        "each step is differentiated with the values of the step after": total(
            backpropagate(right, [*steps[1:], *steps[:1]], dh, states)
        ),
        "step t takes dh[t + 1]; dh[t] belongs to it": total(
            backpropagate(right, steps, np.concatenate([dh[1:], 0 * dh[:1]]), states)
        ),
        "step t takes dh[t - 1]; dh[t] belongs to it": total(
            backpropagate(right, steps, np.concatenate([0 * dh[:1], dh[:-1]]), states)
        ),
        "dh[t] is added twice": total(backpropagate(right, steps, 2 * dh, states)),
        "the steps' values are used in the wrong order: dh[t] belongs to step t": total(
            backpropagate(right, steps[::-1], dh, states)
        ),
        "it is the gradient that arrives at the first step; take it back through that step": total(results)
        | {"dh0": dh[0] + (results[1]["dprev_h"] if len(results) > 1 else 0)},
        "it adds up dprev_h of all steps; h0 is the input of the first step only": total(results)
        | {"dh0": sum_of(result["dprev_h"] for result in results)},
        "it is dprev_h of the last step; h0 goes into the first": total(results) | {"dh0": results[-1]["dprev_h"]},
        "dprev_h of step t + 1 is missing and dh[t] counts twice": total(doubled),
    }
    for piling in states:
        mistakes[f"d{piling} of the steps piles up; step t - 1 receives that of step t only"] = _piled_up(
            right, steps, dh, states, piling
        )

    def compute(variant: StepBackward) -> Values:
        return total(backpropagate(variant, steps, dh, states))

    return _known(mistakes) | {message: partial(compute, variant) for message, variant in variants.items()}


def _piled_up(right: StepBackward, steps: list[Step], dh: Array, states: Mapping[str, str], piling: str) -> Values:
    """One of the carried gradients is added to what was carried before, not put in its place."""
    results: list[Values] = []
    arriving = {name: np.zeros_like(dh[0]) for name in states}
    for t in reversed(range(len(steps))):
        upstream = {f"d{out}": arriving[into] for into, out in states.items()}
        upstream["dnext_h"] = upstream["dnext_h"] + dh[t]
        results.insert(0, right(steps[t].inputs, steps[t].activations, upstream))
        arriving = {name: results[0][f"d{name}"] + (arriving[name] if name == piling else 0) for name in states}
    return total(results) | ({"dh0": arriving["prev_h"]} if piling == "prev_h" else {})


def _only(results: list[Values], t: int) -> Values:
    return total(results) | {name: results[t][name] for name in ("dWx", "dWh", "db")}


def _without(results: list[Values], t: int) -> Values:
    everything = total(results)
    return everything | {name: everything[name] - results[t][name] for name in ("dWx", "dWh", "db")}


def _forwards(right: StepBackward, steps: list[Step], dh: Array, states: Mapping[str, str]) -> Values:
    """Gradients carried from each step to the step after it."""
    results = backpropagate(right, steps[::-1], dh[::-1], states)[::-1]
    return total(results) | {"dh0": results[-1]["dprev_h"]}

"""The four pairs of functions that problems 3 and 4 ask for, described for the tests."""

from __future__ import annotations

from collections.abc import Mapping

from autograder.hidden_tests.hw2 import mistakes, mistakes_in_time, reference
from autograder.hidden_tests.hw2.reference import (
    GATES,
    LSTM_STATES,
    RNN_STATES,
    Step,
    StepBackward,
    StepFunction,
    Values,
    backpropagate,
    total,
    unroll,
    weights,
)
from autograder.hidden_tests.hw2.support import Layer, agree


def _rnn_step_from_own(inputs: Values, outputs: Values, upstream: Values) -> list[Values]:
    return [reference.rnn_step_backward(inputs, outputs, upstream)]


def _lstm_step_from_own(inputs: Values, outputs: Values, upstream: Values) -> list[Values]:
    """The gates of a wrong forward pass are not seen: they are right, or those of a known mistake."""
    known = [compute() for compute in mistakes.lstm_step_forward(inputs).values()]
    matching = [values for values in known if all(agree(outputs[name], values[name]) for name in ("next_h", "next_c"))]
    own = reference.lstm_step(inputs) | {"next_c": outputs["next_c"]}
    return [reference.lstm_step_backward(inputs, values, upstream) for values in [own, *matching]]


def _sequence_from_own(
    inputs: Values,
    outputs: Values,
    upstream: Values,
    step: StepFunction,
    variants: Mapping[str, StepFunction],
    backward: StepBackward,
    states: Mapping[str, str],
) -> list[Values]:
    """The student's states as they came, then the states of steps with a known mistake where these fit."""
    previous = iter([inputs["h0"], *outputs["h"][:-1]])
    following = iter(outputs["h"])

    def as_it_came(given: Values) -> Values:
        values = step(given | {"prev_h": next(previous)})
        return values | {"next_h": next(following)}

    runs: list[list[Step]] = [unroll(as_it_came, inputs, states)]
    first = inputs | {"x": inputs["x"][:1]}
    altered = [(step, weights(changed)) for changed in mistakes.altered_weights(inputs).values()]
    for variant, changed in [*altered, *((variant, {}) for variant in variants.values())]:
        # The first step tells nearly all of them apart, at a fraction of the cost.
        if agree(outputs["h"][0], unroll(variant, first | changed, states)[0].activations["next_h"]):
            run = unroll(variant, inputs | changed, states)
            if all(agree(h, one.activations["next_h"]) for h, one in zip(outputs["h"], run, strict=True)):
                runs.append(run)
    return [total(backpropagate(backward, run, upstream["dh"], states)) for run in runs]


def _rnn_from_own(inputs: Values, outputs: Values, upstream: Values) -> list[Values]:
    return _sequence_from_own(
        inputs, outputs, upstream, reference.rnn_step, mistakes.RNN_STEPS, reference.rnn_step_backward, RNN_STATES
    )


def _lstm_from_own(inputs: Values, outputs: Values, upstream: Values) -> list[Values]:
    return _sequence_from_own(
        inputs, outputs, upstream, reference.lstm_step, mistakes.LSTM_STEPS, reference.lstm_step_backward, LSTM_STATES
    )


RNN_STEP = Layer(
    forward="rnn_step_forward",
    backward="rnn_step_backward",
    inputs=("x", "prev_h", "Wx", "Wh", "b"),
    outputs=("next_h",),
    values=reference.rnn_step,
    derivative=lambda inputs, upstream: reference.rnn_step_backward(inputs, reference.rnn_step(inputs), upstream),
    forward_mistakes=mistakes.rnn_step_forward,
    backward_mistakes=mistakes.rnn_step_backward,
    from_own=_rnn_step_from_own,
)

RNN = Layer(
    forward="rnn_forward",
    backward="rnn_backward",
    inputs=("x", "h0", "Wx", "Wh", "b"),
    outputs=("h",),
    values=reference.rnn,
    derivative=reference.rnn_backward,
    forward_mistakes=mistakes_in_time.rnn_forward,
    backward_mistakes=mistakes_in_time.rnn_backward,
    from_own=_rnn_from_own,
    step=RNN_STEP,
)

LSTM_STEP = Layer(
    forward="lstm_step_forward",
    backward="lstm_step_backward",
    inputs=("x", "prev_h", "prev_c", "Wx", "Wh", "b"),
    outputs=("next_h", "next_c"),
    values=reference.lstm_step,
    derivative=lambda inputs, upstream: reference.lstm_step_backward(inputs, reference.lstm_step(inputs), upstream),
    forward_mistakes=mistakes.lstm_step_forward,
    backward_mistakes=mistakes.lstm_step_backward,
    from_own=_lstm_step_from_own,
    gates=GATES,
)

LSTM = Layer(
    forward="lstm_forward",
    backward="lstm_backward",
    inputs=("x", "h0", "Wx", "Wh", "b"),
    outputs=("h",),
    values=reference.lstm,
    derivative=reference.lstm_backward,
    forward_mistakes=mistakes_in_time.lstm_forward,
    backward_mistakes=mistakes_in_time.lstm_backward,
    from_own=_lstm_from_own,
    gates=GATES,
    step=LSTM_STEP,
)

"""Hidden tests of problem 4: the tests of `common`, and what is particular to a cell state and to sequences."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from autograder.hidden_tests.hw2 import reference
from autograder.hidden_tests.hw2.attempt import is_computed
from autograder.hidden_tests.hw2.common import backward_test, backward_tests, forward_test, forward_tests
from autograder.hidden_tests.hw2.layers import LSTM, LSTM_STEP
from autograder.hidden_tests.hw2.reference import Array, Values
from autograder.hidden_tests.hw2.sequences import sequence_tests
from autograder.hidden_tests.hw2.support import Case, draw
from autograder.testing import needs


def fits_own_cell(case: Case, name: str, outputs: Values) -> list[Array]:
    """The next_h that fits the student's own next_c: a wrong cell state is paid for once."""
    own, right = outputs["next_c"], case.expected()
    if name != "next_h" or not is_computed(own, right["next_c"].shape):
        return []
    return [reference.lstm_step(case.exact(case.inputs))["o"] * np.tanh(own.astype(np.float64))]


forward_tests(LSTM_STEP, also=fits_own_cell)
backward_tests(LSTM_STEP)

forward_tests(LSTM)
backward_tests(LSTM)
sequence_tests(LSTM)

needs("lstm_forward", "lstm_step_forward")
needs("lstm_backward", "lstm_step_forward", "lstm_step_backward")


def _without(name: str, rng: np.random.Generator) -> Case:
    case = draw(LSTM_STEP, rng, N=3, D=2)
    return replace(case, upstream=case.upstream | {name: np.zeros_like(case.upstream[name])})


def _from_large_cell(rng: np.random.Generator) -> Case:
    case = draw(LSTM_STEP, rng, N=3, D=2)
    return replace(case, inputs=case.inputs | {"prev_c": 6 * case.inputs["prev_c"]})


for _name, _other in (("dnext_h", "dnext_c"), ("dnext_c", "dnext_h")):
    backward_test(LSTM_STEP, f"{_name}_alone", partial(_without, _other), hint=f"Here {_other} is zero")
for _add in (forward_test, backward_test):
    _add(
        LSTM_STEP,
        "large_cell_state",
        _from_large_cell,
        hint="Here prev_c is far above 1, as it may become after many steps",
    )

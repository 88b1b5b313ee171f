"""Hidden tests of problem 5: what the trained models say, and the gain of the extra credit."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.errors import BadReply, CheckFailed
from autograder.hidden_tests.hw2 import captioning_exam
from autograder.hidden_tests.hw2.captioning_exam import Pictures
from autograder.hidden_tests.hw2.captioning_model import BELOW, naming_layers
from autograder.kernel.wire import Handle
from autograder.student import Student, kind_of
from autograder.testing import hidden_test, needs
from utils.settings import profile_of

MODELS = {"rnn": "rnn_captioner", "lstm": "lstm_captioner"}
SOMETHING = 0.5
"""The part of the goal that shows that something has been learnt."""
GAINS = (0.02, 0.05, 0.1)

needs("captioners_trained", *BELOW, "CaptioningRNN")


def score(student: Student, variable: str, split: str) -> float:
    """The mean BLEU-1 of what a model of the notebook says of the pictures of a split."""
    try:
        model = student.variable(variable)
    except BadReply as error:
        raise CheckFailed(f"{variable} is missing: the cell that trains it did not run to its end") from error
    if model is None:
        raise CheckFailed(f"{variable} is None: nothing was tried here")
    if not isinstance(model, Handle):
        raise CheckFailed(f"{variable}: expected the trained model, got {kind_of(model)}")
    asked: Pictures = captioning_exam.pictures(split, profile_of())
    with naming_layers(student):
        said: Any = student.method(model, "sample", asked.features)
    if not isinstance(said, np.ndarray) or said.ndim != 2 or said.dtype.kind not in "biuf":
        raise CheckFailed(f"{variable}.sample: expected an array of word numbers (N, L), got {kind_of(said)}")
    if len(said) != len(asked.captions) or not np.all((said >= 0) & (said < len(asked.words))):
        raise CheckFailed(f"{variable}.sample: expected one caption of known words for each of the pictures")
    return asked.bleu(said.astype(np.int64))


def _add_tests(cell: str, variable: str) -> None:
    def reach(student: Student, least: float) -> None:
        got = score(student, variable, "train")
        if got < least:
            raise CheckFailed(f"{variable}: average BLEU-1 {got:.3f} on its training captions, expected {least:.2f}")

    def something(student: Student, rng: np.random.Generator) -> None:
        reach(student, SOMETHING * captioning_exam.goal())

    def by_heart(student: Student, rng: np.random.Generator) -> None:
        reach(student, captioning_exam.goal())

    something.__name__ = f"the_{cell}_has_learnt_something"
    hidden_test("captioners_trained", weight=1, hint="Did training run to its end, and did the loss fall?")(something)
    by_heart.__name__ = f"the_{cell}_knows_its_captions_by_heart"
    hidden_test("captioners_trained", weight=2, hint="Train longer, or with another learning rate")(by_heart)


for _cell, _variable in MODELS.items():
    _add_tests(_cell, _variable)


def _gain_test(gain: float) -> None:
    def test(student: Student, rng: np.random.Generator) -> None:
        better = score(student, "better_captioner", "val")
        plain = max(score(student, variable, "val") for variable in MODELS.values())
        if better - plain < gain:
            raise CheckFailed(f"BLEU-1 on validation pictures is {better:.3f}, that of the plain models {plain:.3f}")

    test.__name__ = f"a_gain_of_{gain:g}_on_validation_pictures"
    hidden_test("better_captioner", weight=1)(test)


for _gain in GAINS:
    _gain_test(_gain)

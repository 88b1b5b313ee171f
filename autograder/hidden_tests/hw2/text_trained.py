"""Hidden tests of problem 6: the trained models, on sentences that training did not have, and their predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.errors import BadReply, CheckFailed
from autograder.hidden_tests.hw2 import text_exam
from autograder.hidden_tests.hw2.text_exam import Exam
from autograder.kernel.wire import Handle, Tensor
from autograder.student import Student, kind_of
from autograder.testing import hidden_test
from utils.checks.text_properties import padded
from utils.text.predictions import PredictionsError, parse_predictions

CHUNK = 500
GUESSING = 0.5


@dataclass(frozen=True)
class Part:
    """A trained model of the notebook."""

    variable: str
    """The global name of the model; its group of tests has the same with ``_trained`` behind."""
    settings: str
    """Its part of the notebook's settings."""
    number: int

    @property
    def file(self) -> str:
        """The file with its predictions."""
        return f"predictions_q{self.number}.txt"


PARTS = (
    Part("bag_of_words", "bag_of_words", 1),
    Part("embedding_average", "embedding", 2),
    Part("glove_average", "glove", 3),
    Part("glove_rnn", "rnn", 4),
    Part("glove_lstm", "lstm", 5),
)


def _add_tests(part: Part) -> None:
    group = f"{part.variable}_trained"

    @hidden_test(group, weight=2, hint="Did training run to its end, and did the dev accuracy rise?")
    def better_than_guessing(student: Student, rng: np.random.Generator) -> None:
        _reach(student, part, text_exam.unseen(rng), (GUESSING + text_exam.goal(part.settings)) / 2)

    @hidden_test(group, weight=4, hint="Choose epochs, rates and regularisation on the dev sentences")
    def the_goal_on_sentences_that_you_have_not_seen(student: Student, rng: np.random.Generator) -> None:
        _reach(student, part, text_exam.unseen(rng), text_exam.goal(part.settings))

    @hidden_test(group, weight=1)
    def the_file_of_predictions_has_one_0_or_1_a_sentence(student: Student, rng: np.random.Generator) -> None:
        _file(student, part, len(text_exam.unlabelled()))

    @hidden_test(group, weight=1, hint="Write the file after training, with this model, in the order of the sentences")
    def the_file_of_predictions_is_what_the_model_says(student: Student, rng: np.random.Generator) -> None:
        sentences = text_exam.unlabelled()
        written = _file(student, part, len(sentences))
        said = logits(student, part, sentences) > 0
        if len(np.unique(said)) < 2:
            raise CheckFailed(f"the model says the same of all {len(sentences)} unlabelled sentences")
        differing = int(np.sum(said != (written == 1)))
        # A logit may be within rounding of zero.
        if differing > len(sentences) // 500:
            raise CheckFailed(f"{part.file}: {differing} of {len(sentences)} lines are not what {part.variable} says")


def logits(student: Student, part: Part, sentences: list[list[int]]) -> NDArray[np.float64]:
    """What the trained model says to sentences, some hundred at a time, each batch padded for itself."""
    model = _model(student, part)
    values = []
    for first in range(0, len(sentences), CHUNK):
        few = sentences[first : first + CHUNK]
        tokens, lengths = padded(few)
        value: Any = student.method(model, "__call__", Tensor(tokens), Tensor(lengths))
        if not isinstance(value, Tensor) or value.array.size != len(few):
            raise CheckFailed(
                f"{part.variable}: expected {len(few)} logits, got {kind_of(getattr(value, 'array', value))}"
            )
        values.append(value.array.reshape(-1).astype(np.float64))
    return np.concatenate(values)


def _model(student: Student, part: Part) -> Handle:
    try:
        model = student.variable(part.variable)
    except BadReply as error:
        raise CheckFailed(f"{part.variable} is missing: the cell that trains it did not run to its end") from error
    if not isinstance(model, Handle):
        raise CheckFailed(f"{part.variable}: expected the trained model, got {kind_of(model)}")
    student.method(model, "cpu")
    student.method(model, "eval")
    return model


def _reach(student: Student, part: Part, exam: Exam, least: float) -> None:
    values = logits(student, part, exam.sentences)
    if not np.isfinite(values).all():
        raise CheckFailed(f"{part.variable} gives logits that are not finite")
    right = float(np.mean((values > 0) == (exam.labels == 1)))
    if right < least:
        raise CheckFailed(
            f"{part.variable}: accuracy {right:.3f} on unseen sentences, at least {least:.3f} is expected"
        )


def _file(student: Student, part: Part, count: int) -> NDArray[np.int64]:
    text = student.probe("text.read_text", part.file)
    if not isinstance(text, str):
        raise CheckFailed(f"{part.file} is missing: the cell that writes it did not run to its end")
    try:
        return parse_predictions(text, count, part.file)
    except PredictionsError as error:
        # What stands in the file is not repeated: by now it could hold what these tests have sent.
        raise CheckFailed(str(error).partition(", got")[0]) from error


for _part in PARTS:
    _add_tests(_part)

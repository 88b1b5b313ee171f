"""Sentences that a trained model is judged on, in the numbers of the notebook's vocabulary."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.data import load_sentiment
from utils.data.embedded.reviews import reviews
from utils.settings import profile_of, settings_for
from utils.text import Vocabulary

NOTEBOOK = "6_text_classification"
COUNT = 2000
"""Sentences that are drawn for one test."""


@dataclass(frozen=True)
class Exam:
    """Numbered sentences with their labels."""

    sentences: list[list[int]]
    labels: NDArray[np.int64]


@functools.cache
def _vocabulary(profile: str) -> Vocabulary:
    return Vocabulary(load_sentiment(profile).train.tokens)


def goal(part: str) -> float:
    """The accuracy that brings the points, by the part's name in the notebook's settings."""
    return float(settings_for(NOTEBOOK, profile_of())[part].goal)


def unseen(rng: np.random.Generator) -> Exam:
    """Return labelled sentences that training did not have.

    In the smoke profile they are drawn for this purpose, in the full profile they are the test sentences.
    """
    profile = profile_of()
    if profile == "smoke":
        lines, labels = reviews(int(rng.integers(2**31)), "unseen", COUNT)
        return Exam(_numbers(profile, [line.split() for line in lines]), np.array(labels))
    test = load_sentiment(profile).test
    order = rng.permutation(len(test.tokens))
    return Exam(_numbers(profile, [test.tokens[place] for place in order]), test.labels[order])


def unlabelled() -> list[list[int]]:
    """Return the sentences whose labels the notebook predicts, in their order."""
    profile = profile_of()
    return _numbers(profile, load_sentiment(profile).unlabelled)


def _numbers(profile: str, sentences: Sequence[Sequence[str]]) -> list[list[int]]:
    vocabulary = _vocabulary(profile)
    return [vocabulary.numbers(tokens) for tokens in sentences]

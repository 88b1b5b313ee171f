"""The sentences of text classification: one a line, tokens separated by white space, the label in front."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from utils.data.drawn import drawn
from utils.data.errors import DataDamaged
from utils.data.store import find
from utils.settings import Profiled, profile_of


class Split(NamedTuple):
    """Labelled sentences."""

    tokens: list[list[str]]
    """The tokens of each sentence; a sentence may have one token or none."""
    labels: NDArray[np.int64]
    """0 (negative) or 1 (positive) for each sentence."""


class Sentences(NamedTuple):
    """The four splits of a data set of sentences."""

    train: Split
    dev: Split
    test: Split
    unlabelled: list[list[str]]
    """Tokens of sentences whose labels nobody gives; a prediction file has one line for each."""


def load_sentiment(profile: Profiled) -> Sentences:
    """Return the review sentences.

    Parameters
    ----------
    profile : str or a notebook's settings
        ``smoke``: 4,000 drawn training sentences; ``full``: the 40,000 real ones.

    Raises
    ------
    DataMissing
        If the real sentences are not on this machine; the message says how to get them.
    DataDamaged
        If a line has no label.
    """
    return read_sentences(drawn("sentiment") if profile_of(profile) == "smoke" else find("sentiment"))


def read_sentences(folder: Path) -> Sentences:
    """Return the sentences of a folder with ``train.txt``, ``dev.txt``, ``test.txt`` and ``unlabelled.txt``."""
    train, dev, test = (read_split(folder / f"{name}.txt") for name in ("train", "dev", "test"))
    return Sentences(train, dev, test, [line.split() for line in _lines(folder / "unlabelled.txt")])


def read_split(path: Path) -> Split:
    """Return the labelled sentences of one file, in its order; empty sentences are kept."""
    tokens, labels = [], []
    for number, line in enumerate(_lines(path), 1):
        label, *words = line.split() or [""]
        if label not in ("0", "1"):
            raise DataDamaged(f"{path}, line {number}: expected 0 or 1 before the sentence, got {line[:40]!r}")
        tokens.append(words)
        labels.append(int(label))
    return Split(tokens, np.array(labels, dtype=np.int64))


def _lines(path: Path) -> list[str]:
    """Return the lines between line feeds; other characters that Python counts as line ends are part of a sentence."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return lines[:-1] if lines[-1] == "" else lines

"""Files of predictions: one 0 or 1 a line, one line for each sentence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np


class PredictionsError(ValueError):
    """A file of predictions is not as it should be; the text says what is wrong."""


def write_predictions(path: str | Path, predictions: Sequence[int] | np.ndarray) -> None:
    """Write a file of predictions.

    Raises
    ------
    PredictionsError
        If they are not a sequence of zeros and ones.
    """
    values = np.asarray(predictions)
    if values.ndim != 1:
        raise PredictionsError(f"{path}: expected one prediction a sentence, got an array of shape {values.shape}")
    wrong = [value for value in values.tolist() if value not in (0, 1)]
    if wrong:
        raise PredictionsError(f"{path}: every prediction should be 0 or 1, got {wrong[0]!r}: is it a probability?")
    Path(path).write_text("".join(f"{int(value)}\n" for value in values), encoding="ascii", newline="\n")


def check_predictions(path: str | Path, count: int) -> np.ndarray:
    """Read a file of predictions and return them, (count,) int64.

    Raises
    ------
    PredictionsError
        If it is missing, has another number of lines than `count`, or a line that is not 0 or 1.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PredictionsError(f"{path} is missing: run the cell that writes it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PredictionsError(f"{path} cannot be read as text: {error}") from error
    return parse_predictions(text, count, path.name)


def parse_predictions(text: str, count: int, name: str) -> np.ndarray:
    """Take a file's text apart, as `check_predictions` does. Spaces around a digit, empty lines at the end are fine."""
    lines = [line.strip() for line in text.rstrip().split("\n")] if text.strip() else []
    for number, line in enumerate(lines, 1):
        if line not in ("0", "1"):
            shown = "nothing" if not line else repr(line[:20])
            raise PredictionsError(f"{name}, line {number}: expected 0 or 1, got {shown}")
    if len(lines) != count:
        raise PredictionsError(f"{name}: expected {count} lines, one for each unlabelled sentence, got {len(lines)}")
    return np.array([int(line) for line in lines], dtype=np.int64)

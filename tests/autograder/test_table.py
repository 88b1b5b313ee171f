"""The table of scores fits a terminal, also with all the notebooks of a homework."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from autograder.results import NotebookResult, Status, SubmissionResult
from autograder.table import score_table

NAMES = ("1_transfer_learning", "2_style_transfer", "3_rnn", "4_lstm", "5_image_captioning", "6_text_classification")


def shown(count: int) -> list[str]:
    notebooks = [NotebookResult("ada", name, Status.GRADED, score=10, max_score=15) for name in NAMES[:count]]
    notebooks[0] = NotebookResult("ada", NAMES[0], Status.STOPPED, score=7.5, max_score=15)
    stream = io.StringIO()
    Console(file=stream, width=80).print(score_table([SubmissionResult("ada", tuple(notebooks))], "hw2"))
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("count", [1, 2, 6])
def test_every_score_can_be_read(count: int) -> None:
    lines = shown(count)
    row = next(line for line in lines if "ada" in line)
    assert "…" not in "".join(lines)
    assert row.count("10.00") == count - 1
    assert "7.50" in row
    assert f"{10 * (count - 1) + 7.5:.2f}" in row


def test_what_is_not_ordinary_is_marked() -> None:
    assert "stopped" in "".join(shown(1))
    assert "7.50 *" in "".join(shown(6))
    assert "10.00 *" not in "".join(shown(6))

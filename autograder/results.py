"""What grading a notebook yields, as small frozen records."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """What became of one submitted notebook."""

    GRADED = "graded"
    """It ran from top to bottom; its tests were run."""
    REPAIRED = "repaired"
    """Graded, after cells that were missing, doubled or changed had been put right; the notes say which."""
    STOPPED = "stopped"
    """Graded, but some of its code ran out of time or ended its kernel."""
    MISSING = "missing"
    """There is no such file, and no other file that could be it."""
    RENAMED = "renamed"
    """The file has another name, which the notes give; it scores nothing until it is renamed."""
    UNREADABLE = "unreadable"
    """It is not a notebook: not JSON, or without cells."""
    REFUSED = "refused"
    """It is too large, a link, or not a plain file."""
    NOT_GRADED = "not graded"
    """The grader failed, not the student; no score was recorded and the next run tries again."""


@dataclass(frozen=True)
class TestResult:
    """One hidden test on one submission."""

    __test__ = False  # pytest: not a test class

    name: str
    """The test's name, as students see it."""
    passed: bool
    points: float
    """Points that it brought."""
    max_points: float
    message: str = ""
    """What was wrong and what to look at; empty when it passed."""
    seconds: float = 0.0


@dataclass(frozen=True)
class CellResult:
    """The tests behind one graded cell."""

    grade_id: str
    max_points: float
    tests: tuple[TestResult, ...] = ()

    @property
    def points(self) -> float:
        """The cell's score, rounded so that thirds add up."""
        return round(min(sum(test.points for test in self.tests), self.max_points), 4)


@dataclass(frozen=True)
class NotebookResult:
    """One notebook of one student."""

    student: str
    notebook: str
    status: Status
    cells: tuple[CellResult, ...] = ()
    notes: tuple[str, ...] = ()
    """What the student or the instructor should know: repairs, stopped cells, a file's other name."""
    seconds: float = 0.0
    score: float = 0.0
    """Points after grading by hand and late penalty, as the gradebook has them."""
    max_score: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """A plain dictionary for ``--json`` and for the graded notebook's metadata."""
        cells = [
            {
                "grade_id": cell.grade_id,
                "points": cell.points,
                "max_points": cell.max_points,
                "tests": [dict(vars(test)) for test in cell.tests],
            }
            for cell in self.cells
        ]
        return {**vars(self), "status": str(self.status), "notes": list(self.notes), "cells": cells}

    @staticmethod
    def from_json(tree: dict[str, Any]) -> NotebookResult:
        """Undo `as_json`."""
        cells = tuple(
            CellResult(cell["grade_id"], cell["max_points"], tuple(TestResult(**test) for test in cell["tests"]))
            for cell in tree["cells"]
        )
        return NotebookResult(
            **{**tree, "status": Status(tree["status"]), "notes": tuple(tree["notes"]), "cells": cells}
        )


@dataclass(frozen=True)
class SubmissionResult:
    """All notebooks of one student."""

    student: str
    notebooks: tuple[NotebookResult, ...] = field(default_factory=tuple)

    @property
    def score(self) -> float:
        return round(sum(notebook.score for notebook in self.notebooks), 4)

    @property
    def max_score(self) -> float:
        return sum(notebook.max_score for notebook in self.notebooks)

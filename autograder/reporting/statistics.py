"""Numbers about a class: how its scores are spread, and what each hidden test told."""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.classbook import ClassRecord, NotebookRecord
from autograder.graders import Shares
from autograder.results import CellResult, Status, TestResult

RAN = (Status.GRADED, Status.REPAIRED, Status.STOPPED)
"""What a notebook's status is when its tests were run."""
TOLD_NOTHING, NOBODY_PASSES = "told nothing", "nobody passes"
_ENOUGH = 3
"""How many have to fail a test, and to pass it, before it is compared with others; and to share a message before it is
shown: what few people say may point to one of them."""


@dataclass(frozen=True)
class Spread:
    """How numbers are spread.

    Attributes
    ----------
    low, first, median, third, high : float
        The smallest, the quartiles, the largest.
    mean : float
        The mean.
    count : int
        How many there are.
    """

    low: float
    first: float
    median: float
    third: float
    high: float
    mean: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least one number.

        >>> Spread.of([1, 2, 3, 4, 5]).first
        2.0
        """
        ordered = sorted(map(float, values))
        first, median, third = statistics.quantiles(ordered, n=4, method="inclusive") if ordered[1:] else ordered * 3
        return cls(ordered[0], first, median, third, ordered[-1], statistics.fmean(ordered), len(ordered))


@dataclass(frozen=True)
class TestStatistics:
    """What one hidden test told about a class.

    Attributes
    ----------
    notebook, cell, name : str
        Which test.
    ran : int
        On how many submissions it was run.
    failed : int
        How many of these failed it.
    tried : int
        How many of these passed at least one test of the same part, and so had written something.
    points : float
        What it is worth.
    separates : float or None
        Correlation of passing it with the score on everything else, -1 to 1; None where all did the same.
    verdict : str
        What to think about it; empty if it did its work.
    message : str
        What most of those who failed were told, if enough were told the same.
    told : int
        How many were told that.
    """

    __test__ = False  # pytest: not a test class

    notebook: str
    cell: str
    name: str
    ran: int
    failed: int
    tried: int
    points: float
    separates: float | None = None
    verdict: str = ""
    message: str = ""
    told: int = 0

    @property
    def share_failed(self) -> float:
        return self.failed / self.ran if self.ran else 0.0


def statistics_of_tests(record: ClassRecord, any_message: bool = False) -> list[TestStatistics]:
    """Statistics of every test, in the order in which the notebooks hold them.

    Parameters
    ----------
    record : ClassRecord
        The class.
    any_message : bool
        Also show messages that only one or two students were given.
    """
    found: list[TestStatistics] = []
    for notebook in record.assignment.notebooks:
        runs = _runs(record, notebook.name)
        for cell in dict.fromkeys(cell for cells, _ in runs for cell in cells):
            taken = [(cells[cell], score) for cells, score in runs if cell in cells]
            found += _of_cell(notebook.name, cell, taken, 1 if any_message else _ENOUGH)
    return found


def _runs(record: ClassRecord, name: str) -> list[tuple[dict[str, CellResult], float]]:
    """The graded parts of everybody's notebook, and the student's score on the homework as a whole."""
    return [
        ({cell.grade_id: cell for cell in notebook.result.cells}, student.score)
        for student in record.students
        for notebook in student.notebooks
        if notebook.result.notebook == name and notebook.result.status in RAN
    ]


def _of_cell(notebook: str, cell: str, taken: list[tuple[CellResult, float]], enough: int) -> list[TestStatistics]:
    names = list(dict.fromkeys(test.name for result, _ in taken for test in result.tests))
    outcomes: dict[str, list[TestResult]] = defaultdict(list)
    rest: dict[str, list[float]] = defaultdict(list)
    tried: Counter[str] = Counter()
    for result, score in taken:
        somewhere = any(test.passed for test in result.tests)
        for test in result.tests:
            outcomes[test.name].append(test)
            rest[test.name].append(score - test.points)
            tried[test.name] += somewhere
    found: list[TestStatistics] = []
    seen: dict[tuple[bool, ...], str] = {}
    for name in names:
        tests = outcomes[name]
        passed = tuple(test.passed for test in tests)
        failed = len(passed) - sum(passed)
        told = Counter(test.message for test in tests if not test.passed and test.message).most_common(1)
        message, count = told[0] if told and told[0][1] >= enough else ("", 0)
        verdict = _verdict(failed, len(passed), tried[name], seen.get(passed, ""))
        if min(failed, sum(passed)) >= _ENOUGH:
            seen.setdefault(passed, name)
        correlation = _correlation([float(value) for value in passed], rest[name])
        found.append(
            TestStatistics(
                notebook, cell, name, len(passed), failed, tried[name], tests[0].max_points, correlation, verdict,
                message, count,
            )
        )  # fmt: skip
    return found


def _verdict(failed: int, ran: int, tried: int, twin: str) -> str:
    """What to think about a test."""
    if failed == ran:
        return NOBODY_PASSES
    if tried > 1 and failed == ran - tried:
        return TOLD_NOTHING
    return f"{TOLD_NOTHING} new: as “{twin}”" if twin else ""


def _correlation(one: list[float], other: list[float]) -> float | None:
    """Pearson's correlation; None where one of them does not vary."""
    if len(one) < _ENOUGH or len(set(one)) == 1 or len(set(other)) == 1:
        return None
    value = statistics.correlation(one, other)
    return value if math.isfinite(value) else None


@dataclass(frozen=True)
class Progress:
    """How far the marking of a group of answers is."""

    name: str
    marked: int = 0
    empty: int = 0
    """Answers in which nothing was written; nobody has to read them."""
    waiting: int = 0

    @property
    def total(self) -> int:
        return self.marked + self.empty + self.waiting


def progress(record: ClassRecord, shares: Shares) -> tuple[list[Progress], list[Progress]]:
    """How far the marking is, by question and by grader."""
    dealt = {question: shares.deal(question, record.roster) for question in record.questions}
    by_question: dict[str, Counter[str]] = defaultdict(Counter)
    by_grader: dict[str, Counter[str]] = defaultdict(Counter)
    for student in record.students:
        for notebook in student.notebooks:
            for mark in notebook.marks:
                state = "waiting" if mark.waiting else "marked" if mark.by_hand else "empty"
                by_question[mark.question][state] += 1
                by_grader[dealt[mark.question][student.student]][state] += 1
    return (
        [Progress(name, **counts) for name, counts in sorted(by_question.items())],
        [Progress(name, **counts) for name, counts in sorted(by_grader.items())],
    )


def percent(notebook: NotebookRecord) -> float:
    """A notebook's score in percent of its points."""
    return 100 * notebook.result.score / notebook.result.max_score if notebook.result.max_score else 0.0

"""The page of a class: what a teacher wants to see after grading, without anybody's name unless it is asked for."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.classbook import ClassRecord, StudentRecord, read_class
from autograder.course import Course
from autograder.errors import UsageError
from autograder.feedback_pages import duration
from autograder.files import write_whole
from autograder.graders import Shares, load_shares
from autograder.pages import render
from autograder.reporting import plots
from autograder.reporting.statistics import (
    NOBODY_PASSES,
    RAN,
    TOLD_NOTHING,
    Progress,
    Spread,
    TestStatistics,
    percent,
    progress,
    statistics_of_tests,
)
from autograder.results import Status
from autograder.rubric import load_rubric

_BROKEN = (Status.MISSING, Status.RENAMED, Status.UNREADABLE, Status.REFUSED)
_MOST_FAILED = 10
_MOST_FINDINGS = 5


def make_report(course: Course, homework: str, names: bool = False, to: Path | None = None) -> Path:
    """Write the report of a homework.

    Parameters
    ----------
    course, homework
        Which homework.
    names : bool
        Whether to name students, and to show notes that may name them.
    to : Path, optional
        Which file; ``reports/<homework>/report.html`` in the course if not given.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    UsageError
        For an unknown homework, an empty class, a homework that has not been released or graded.
    GraderError
        If the gradebook cannot be read.
    OSError
        If the page cannot be written.
    """
    record, shares = read_class(course, homework), load_shares(course, homework)
    if not any(n.result.status in RAN for student in record.students for n in student.notebooks):
        raise UsageError(f"nothing has been graded: run `course grade {homework}` first")
    titles = {name: question.title for name, question in load_rubric(course, homework).items()}
    page = class_report(record, shares, titles, names)
    return write_whole(to or course.root / "reports" / homework / "report.html", page)


@dataclass(frozen=True)
class _Look:
    """A submission that a person should look at."""

    who: str
    notebook: str
    status: str
    late: str
    notes: tuple[str, ...]


def class_report(record: ClassRecord, shares: Shares, titles: dict[str, str], names: bool = False) -> str:
    """The page as text.

    Parameters
    ----------
    record : ClassRecord
        The class.
    shares : Shares
        Who marks what.
    titles : dict
        What the written questions are called.
    names : bool
        Whether to name students.
    """
    tests = statistics_of_tests(record, any_message=names)
    by_question, by_grader = progress(record, shares)
    order = {question: place for place, question in enumerate(titles)}
    by_question.sort(key=lambda entry: order.get(entry.name, len(order)))
    shown = [Progress(titles.get(p.name, p.name), p.marked, p.empty, p.waiting) for p in by_question]
    scores = [100 * s.score / s.max_score for s in record.students if s.max_score]
    return render(
        "report.html.j2",
        title=f"{record.assignment.name}: report of the class",
        record=record,
        made=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
        spread=Spread.of(scores or [0.0]),
        waiting=sum(p.waiting for p in by_question),
        late=[student for student in record.students if student.seconds_late > 0],
        problems=_problems(record),
        tests=tests,
        by_problem=[_grouped(n.name, tests) for n in record.assignment.notebooks],
        findings=_findings(record, tests, by_question),
        looks=_looks(record, names),
        by_question=shown,
        by_grader=by_grader,
        named=names,
        graders=shares.graders,
        plots=_plots(record, scores, tests, shown, by_grader),
    )


def _grouped(
    notebook: str, tests: list[TestStatistics]
) -> tuple[str, list[TestStatistics], list[tuple[str, list[TestStatistics]]]]:
    """A notebook's tests, and the same by the part that they test."""
    chosen = [test for test in tests if test.notebook == notebook]
    cells = dict.fromkeys(test.cell for test in chosen)
    return notebook, chosen, [(cell, [test for test in chosen if test.cell == cell]) for cell in cells]


def _plots(
    record: ClassRecord,
    scores: Sequence[float],
    tests: list[TestStatistics],
    by_question: list[Progress],
    by_grader: list[Progress],
) -> dict[str, str]:
    """All plots of the page by name."""
    everything = [notebook for student in record.students for notebook in student.notebooks]
    by_name = {
        policy.name: [n for n in everything if n.result.notebook == policy.name]
        for policy in record.assignment.notebooks
    }
    seconds = {name: [n.result.seconds for n in found if n.result.status in RAN] for name, found in by_name.items()}
    longest = max([value for values in seconds.values() for value in values] + [1.0])
    states = {
        name: [
            sum(n.result.status is Status.GRADED for n in found),
            sum(n.result.status in (Status.REPAIRED, Status.STOPPED, Status.NOT_GRADED) for n in found),
            sum(n.result.status in _BROKEN for n in found),
        ]
        for name, found in by_name.items()
    }
    failed = sorted((t for t in tests if t.failed), key=lambda t: -t.share_failed)[:_MOST_FAILED]
    days = [student.seconds_late / 86400 for student in record.students if student.seconds_late > 0]
    parts = ("marked", "nothing written", "to be marked")
    return {
        "scores": plots.histogram(scores, range(0, 101, 10), "Scores", "percent of all points"),
        "problems": plots.boxes(
            [(name, [percent(n) for n in found if n.result.status in RAN]) for name, found in by_name.items()],
            0, 100, "Scores by problem", "percent of the problem's points",
        ),
        "failed": plots.bars(
            [(f"{t.notebook.split('_')[0]} {t.cell.removeprefix('test_')}: {t.name}"[:52], [t.failed, t.ran - t.failed])
             for t in failed],
            ("fail", "pass"), "The tests that most fail", ("two", "three"),
        ),
        "time": plots.boxes(
            list(seconds.items()), 0.1, 10 ** len(str(int(longest))), "Time used", "seconds, on a scale of tens", True
        ),
        "states": plots.bars(list(states.items()), ("graded", "with notes", "broken or missing"), "States"),
        "late": plots.histogram(days, range(8), "Late submissions", "days late (the last bar: 6 and more)"),
        "questions": plots.bars(
            [(p.name[:52], (p.marked, p.empty, p.waiting)) for p in by_question], parts, "Marking by question"
        ),
        "graders": plots.bars(
            [(p.name[:52], (p.marked, p.empty, p.waiting)) for p in by_grader], parts, "Marking by grader"
        ),
    }  # fmt: skip


@dataclass(frozen=True)
class _Problem:
    """One notebook's row."""

    name: str
    title: str
    spread: Spread | None
    of: float
    seconds: Spread | None
    states: list[tuple[str, int]]


def _problems(record: ClassRecord) -> list[_Problem]:
    found = []
    for policy in record.assignment.notebooks:
        results = [n for s in record.students for n in s.notebooks if n.result.notebook == policy.name]
        ran = [n for n in results if n.result.status in RAN]
        scores, seconds = [n.result.score for n in ran], [n.result.seconds for n in ran]
        states = Counter(n.result.status.value for n in results)
        of = max([n.result.max_score for n in results] + [policy.points])
        found.append(
            _Problem(
                policy.name,
                policy.title,
                Spread.of(scores) if scores else None,
                of,
                Spread.of(seconds) if seconds else None,
                states.most_common(),
            )
        )
    return found


def _findings(record: ClassRecord, tests: list[TestStatistics], by_question: list[Progress]) -> list[str]:
    """What to look at first, in sentences."""
    found = []
    hopeless = [test for test in tests if test.verdict == NOBODY_PASSES]
    for test in hopeless[:_MOST_FINDINGS]:
        found.append(f"Nobody passes “{test.name}” of {test.cell.removeprefix('test_')}: is the test right?")
    if hopeless[_MOST_FINDINGS:]:
        found.append(f"Nor do they pass {len(hopeless) - _MOST_FINDINGS} more, which are marked below.")
    for test in tests:
        if test.separates is not None and test.separates < -0.1 and test.ran >= 10:
            found.append(
                f"Those who fail “{test.name}” of {test.cell.removeprefix('test_')} do better in the rest: look at it."
            )
    useless = sum(test.verdict.startswith(TOLD_NOTHING) for test in tests)
    if useless:
        found.append(f"{useless} of {len(tests)} tests told nothing about this class; they are marked below.")
    waiting = sum(entry.waiting for entry in by_question)
    if waiting:
        found.append(f"{waiting} written answers wait to be marked: course mark {record.assignment.name}")
    ungraded = sum(n.result.status is Status.NOT_GRADED for s in record.students for n in s.notebooks)
    if ungraded:
        found.append(f"{ungraded} notebooks are not graded: course grade {record.assignment.name}")
    return found


def _looks(record: ClassRecord, names: bool) -> list[_Look]:
    """Late and broken submissions; without names under numbers that are drawn anew for each page."""
    found = []
    for who, student in _called(record.students, names):
        late = duration(student.seconds_late) if student.seconds_late else ""
        odd = [n.result for n in student.notebooks if n.result.status is not Status.GRADED]
        if late and not odd:
            found.append(_Look(who, "", "late", late, ()))
        for result in odd:
            # A note may quote the student's code or a file's name, in which people write who they are.
            notes = result.notes if names else ()
            found.append(_Look(who, result.notebook, result.status.value, late, notes))
    return found


def _called(students: Sequence[StudentRecord], names: bool) -> list[tuple[str, StudentRecord]]:
    if names:
        return [(student.student, student) for student in students]
    shuffled = list(students)
    random.SystemRandom().shuffle(shuffled)
    return [(f"submission {number}", student) for number, student in enumerate(shuffled, start=1)]

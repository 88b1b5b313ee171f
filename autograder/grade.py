"""Grades a class: every submission of a homework, one after another, none able to stop the others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc
from traitlets.config import Config

from autograder import notebooks
from autograder.errors import CourseError, GraderError, UsageError
from autograder.nbgrader_log import collected_log, no_database_warnings
from autograder.nbgrader_settings import configure
from autograder.policy import GradingPolicy
from autograder.record import Record, load_record
from autograder.results import CellResult, NotebookResult, Status, SubmissionResult, TestResult
from autograder.steps import sync_policy
from autograder.submissions import check_timestamp, find_renamed, refuse_links

OnDone = Callable[[SubmissionResult], None]


def grade(
    policy: GradingPolicy, students: tuple[str, ...] = (), notebook: str = "*", on_done: OnDone | None = None
) -> list[SubmissionResult]:
    """Grade submissions and record their scores in the gradebook.

    Parameters
    ----------
    policy : GradingPolicy
        What applies to this run.
    students : tuple of str
        Whom to grade; everybody with a submission if empty.
    notebook : str
        Which notebook to grade; all by default.
    on_done : callable, optional
        Called with each result as it is there.

    Returns
    -------
    list of SubmissionResult
        In the order of the students' names. What the grader could not do has the status ``NOT_GRADED``.

    Raises
    ------
    UsageError
        If nobody has handed anything in, or a named student has not.
    ReleaseMismatch
        If the release is not as recorded; nothing is graded then.
    """
    homework = policy.assignment.name
    everybody = policy.course.students(homework)
    for student in students:
        if student not in everybody:
            raise UsageError(
                f"{student} has handed in nothing: {policy.course.submitted(student, homework)} does not exist"
            )
    if not everybody:
        raise UsageError(f"nobody has handed anything in: expected folders submitted/<student>/{homework}/")
    wanted = (
        [n.name for n in policy.assignment.notebooks]
        if notebook == "*"
        else [policy.assignment.notebook(notebook).name]
    )
    records = {name: load_record(policy.course, homework, name) for name in wanted}
    sync_policy(policy.course, homework)
    results = []
    for student in students or everybody:
        result = _grade_submission(policy, student, records, notebook)
        results.append(result)
        if on_done:
            on_done(result)
    return results


def _grade_submission(
    policy: GradingPolicy, student: str, records: dict[str, Record], notebook: str
) -> SubmissionResult:
    """Grade one student; a trouble of the grader's costs this student nothing and stops nobody."""
    homework = policy.assignment.name
    folder = policy.course.submitted(student, homework)
    try:
        check_timestamp(folder)
        notes = refuse_links(folder)
        present = [name for name in records if (folder / f"{name}.ipynb").is_file()]
        if present:
            _run_nbgrader(policy, student, notebook)
        else:
            _record_nothing(policy, student, folder)
    except (CourseError, OSError) as error:
        failed = [NotebookResult(student, name, Status.NOT_GRADED, notes=(str(error),)) for name in records]
        return SubmissionResult(student, tuple(failed))
    return SubmissionResult(student, tuple(_result(policy, student, record, notes) for record in records.values()))


def _run_nbgrader(policy: GradingPolicy, student: str, notebook: str) -> None:
    """nbgrader's own converter, with our steps in its lists, on one student."""
    config = configure(Config(), policy.course.root)
    config.CourseDirectory.assignment_id = policy.assignment.name
    config.CourseDirectory.student_id = student
    config.CourseDirectory.notebook_id = notebook
    config.Autograde.force = True
    with _environment(policy), collected_log() as reasons:
        try:
            Autograde(coursedir=CourseDirectory(config=config), config=config, log=reasons.logger).start()
        except (NbGraderException, SystemExit) as error:
            raise GraderError(reasons.last() or str(error)) from error


@contextmanager
def _environment(policy: GradingPolicy) -> Iterator[None]:
    """Tell the steps that nbgrader calls what this run chose."""
    chosen = {"COURSE_PROFILE": policy.profile, "COURSE_SANDBOX": policy.sandbox}
    old = {name: os.environ.get(name) for name in chosen}
    os.environ.update(chosen)
    try:
        yield
    finally:
        for name, value in old.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _record_nothing(policy: GradingPolicy, student: str, folder: Path) -> None:
    """A submission without any of the notebooks: zero for each, as nbgrader does for single missing ones."""
    stamp = folder / "timestamp.txt"
    text = stamp.read_text(encoding="utf-8").strip() if stamp.exists() else ""
    with no_database_warnings(), Gradebook(policy.course.gradebook_url) as gradebook:
        gradebook.update_or_create_student(student)
        details = {"timestamp": parse_utc(text)} if text else {}
        submission = gradebook.update_or_create_submission(policy.assignment.name, student, **details)
        for entry in submission.notebooks:
            for given in entry.grades:
                given.auto_score, given.needs_manual_grade = 0, False
        gradebook.db.commit()


def _result(policy: GradingPolicy, student: str, record: Record, notes: list[str]) -> NotebookResult:
    """What the graded notebook and the gradebook say."""
    homework = policy.assignment.name
    path = policy.course.autograded(student, homework) / f"{record.notebook}.ipynb"
    submitted = policy.course.submitted(student, homework)
    if (submitted / f"{record.notebook}.ipynb").is_file() and path.is_file():
        result = NotebookResult.from_json(notebooks.read(path).metadata["course"])
    else:
        result = _missing(submitted, student, record)
    score, max_score = _score(policy, student, record.notebook)
    return NotebookResult(
        student, record.notebook, result.status, result.cells, (*result.notes, *notes), result.seconds, score, max_score
    )


def _missing(folder: Path, student: str, record: Record) -> NotebookResult:
    name = find_renamed(folder, record)
    status = Status.RENAMED if name else Status.MISSING
    note = f"found {name!r} instead: rename it to {record.notebook}.ipynb and grade again" if name else "not handed in"
    cells = tuple(
        CellResult(cell.grade_id, cell.points, (TestResult("handed in", False, 0.0, cell.points, note),))
        for cell in record.cells
        if cell.graded_by_tests
    )
    return NotebookResult(student, record.notebook, status, cells, (note,))


def _score(policy: GradingPolicy, student: str, notebook: str) -> tuple[float, float]:
    with Gradebook(policy.course.gradebook_url) as gradebook:
        try:
            entry = gradebook.find_submission_notebook(notebook, policy.assignment.name, student)
        except MissingEntry as error:
            raise GraderError(f"the gradebook has no entry for {student}'s {notebook} after grading") from error
        return round(entry.score - (entry.late_submission_penalty or 0), 4), entry.max_score

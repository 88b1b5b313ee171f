"""What a class has reached in a homework: the gradebook's numbers together with what the hidden tests said.

Read by the report and by the feedback pages. Nothing is written.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)

from autograder.assignment import Assignment
from autograder.course import Course
from autograder.errors import UsageError
from autograder.gradebook import open_gradebook
from autograder.results import NotebookResult, Status


@dataclass(frozen=True)
class Mark:
    """One question that a person marks, for one student.

    Attributes
    ----------
    question : str
        The cell's ``grade_id``.
    notebook : str
        Where it stands.
    points : float or None
        What was given; None while it waits to be marked.
    max_points : float
        The most that it can bring.
    comment : str
        The grader's comment, Markdown; may be empty.
    by_hand : bool
        Whether a person gave the points. An untouched answer has its 0 from the grader.
    """

    question: str
    notebook: str
    points: float | None
    max_points: float
    comment: str = ""
    by_hand: bool = False

    @property
    def waiting(self) -> bool:
        """Whether somebody still has to look at it."""
        return self.points is None


@dataclass(frozen=True)
class NotebookRecord:
    """One notebook of one student.

    Attributes
    ----------
    result : NotebookResult
        Status, notes and tests; `score` and `max_score` as the gradebook has them, after grading by hand and penalty.
    penalty : float
        Points that lateness cost.
    marks : tuple of Mark
        The questions that people mark, in the order of their names.
    comments : dict
        Comments on other cells by ``grade_id``.
    """

    result: NotebookResult
    penalty: float = 0.0
    marks: tuple[Mark, ...] = ()
    comments: tuple[tuple[str, str], ...] = ()

    @property
    def waiting(self) -> int:
        """How many of its questions wait to be marked."""
        return sum(mark.waiting for mark in self.marks)


@dataclass(frozen=True)
class StudentRecord:
    """One student's homework."""

    student: str
    notebooks: tuple[NotebookRecord, ...]
    seconds_late: float = 0.0
    """How long after the due date; 0 if in time."""

    @property
    def score(self) -> float:
        return round(sum(notebook.result.score for notebook in self.notebooks), 4)

    @property
    def max_score(self) -> float:
        return sum(notebook.result.max_score for notebook in self.notebooks)

    @property
    def penalty(self) -> float:
        return round(sum(notebook.penalty for notebook in self.notebooks), 4)

    @property
    def waiting(self) -> int:
        return sum(notebook.waiting for notebook in self.notebooks)


@dataclass(frozen=True)
class ClassRecord:
    """A homework and everybody who handed something in."""

    assignment: Assignment
    students: tuple[StudentRecord, ...]
    roster: tuple[str, ...]
    """Everybody whom the gradebook knows or who handed something in, sorted."""

    @property
    def questions(self) -> tuple[str, ...]:
        """The questions that people mark, sorted."""
        return tuple(sorted({m.question for s in self.students for n in s.notebooks for m in n.marks}))


def read_class(course: Course, homework: str, students: Iterable[str] = ()) -> ClassRecord:
    """Read what is known of a class.

    Parameters
    ----------
    course : Course
        The course.
    homework : str
        Which homework.
    students : iterable of str
        Whom to read; everybody who has handed something in if empty.

    Raises
    ------
    UsageError
        For an unknown homework or student, an empty class, or a homework that was never released.
    GraderError
        If the gradebook cannot be read.
    """
    assignment = course.assignment(homework)
    chosen = tuple(students)
    with open_gradebook(course, homework) as gradebook:
        rows = _Rows(gradebook, homework, chosen)
        known = {student for (student,) in gradebook.db.query(Student.id)}
    everybody = sorted({*rows.submissions, *course.students(homework)})
    for student in chosen:
        if student not in everybody:
            raise UsageError(f"{student} has handed in nothing for {homework}")
    if not everybody:
        raise UsageError(f"nobody has handed anything in: expected folders submitted/<student>/{homework}/")
    records = tuple(_student(course, assignment, student, rows) for student in chosen or everybody)
    return ClassRecord(assignment, records, tuple(sorted({*known, *everybody})))


class _Rows:
    """The gradebook's rows of one homework, read in few queries: nbgrader's objects ask for each row on its own."""

    def __init__(self, gradebook: Gradebook, homework: str, students: tuple[str, ...]) -> None:
        db = gradebook.db
        assignment = gradebook.find_assignment(homework)
        self._wanted = [SubmittedAssignment.assignment_id == assignment.id]
        if students:
            self._wanted.append(SubmittedAssignment.student_id.in_(students))
        self.submissions = {
            entry.student_id: float(entry.total_seconds_late)
            for entry in db.query(SubmittedAssignment).filter(*self._wanted)
        }
        keys = (SubmittedAssignment.student_id, Notebook.name)
        self.penalties: dict[tuple[str, str], float] = {
            (student, name): penalty or 0.0
            for student, name, penalty in db.query(*keys, SubmittedNotebook.late_submission_penalty)
            .select_from(SubmittedNotebook)
            .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
            .filter(*self._wanted)
        }
        self.max_scores: dict[str, dict[str, float]] = defaultdict(dict)
        self.by_hand: set[tuple[str, str]] = set()
        for notebook in assignment.notebooks:
            solutions = {cell.name for cell in notebook.solution_cells}
            for cell in notebook.grade_cells:
                self.max_scores[notebook.name][cell.name] = float(cell.max_score)
                if cell.name in solutions:
                    self.by_hand.add((notebook.name, cell.name))
            for cell in notebook.task_cells:
                self.max_scores[notebook.name][cell.name] = float(cell.max_score)
                self.by_hand.add((notebook.name, cell.name))
        self.grades: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
        for student, name, question, *values in self._joined(db, Grade, *keys):
            self.grades[student, name][question] = values
        self.comments: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for student, name, question, text in self._joined(db, Comment, *keys):
            if text:
                self.comments[student, name][question] = text

    def _joined(self, db: Any, table: Any, *keys: Any) -> Any:
        wanted = (Grade.score, Grade.manual_score, Grade.needs_manual_grade) if table is Grade else (Comment.comment,)
        return (
            db.query(*keys, BaseCell.name, *wanted)
            .select_from(table)
            .join(BaseCell, table.cell_id == BaseCell.id)
            .join(SubmittedNotebook, table.notebook_id == SubmittedNotebook.id)
            .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
            .filter(*self._wanted)
        )

    def marks(self, student: str, notebook: str) -> tuple[Mark, ...]:
        """The questions of a notebook that people mark."""
        found = []
        for question in sorted(name for where, name in self.by_hand if where == notebook):
            score, manual, needed = self.grades[student, notebook].get(question, (0.0, None, False))
            comment = self.comments[student, notebook].get(question, "")
            most = self.max_scores[notebook][question]
            found.append(Mark(question, notebook, None if needed else score, most, comment, manual is not None))
        return tuple(found)


def _student(course: Course, assignment: Assignment, student: str, rows: _Rows) -> StudentRecord:
    notebooks = tuple(_notebook(course, assignment, student, policy.name, rows) for policy in assignment.notebooks)
    return StudentRecord(student, notebooks, max(rows.submissions.get(student, 0.0), 0.0))


def _notebook(course: Course, assignment: Assignment, student: str, name: str, rows: _Rows) -> NotebookRecord:
    found = _result(course, assignment.name, student, name, student in rows.submissions)
    key = (student, name)
    penalty = rows.penalties.get(key, 0.0)
    score = round(sum(values[0] for values in rows.grades[key].values()) - penalty, 4)
    most = sum(rows.max_scores[name].values()) or assignment.notebook(name).points
    result = NotebookResult(student, name, found.status, found.cells, found.notes, found.seconds, score, most)
    handed_in = found.status is not Status.MISSING
    marks = rows.marks(student, name) if handed_in and student in rows.submissions else ()
    by_hand = {mark.question for mark in marks}
    others = tuple(item for item in sorted(rows.comments[key].items()) if item[0] not in by_hand)
    return NotebookRecord(result, penalty, marks, others)


def _result(course: Course, homework: str, student: str, name: str, recorded: bool) -> NotebookResult:
    """What grading wrote into the graded copy, or why there is none."""
    copy = course.autograded(student, homework) / f"{name}.ipynb"
    if not copy.is_file():
        handed_in = (course.submitted(student, homework) / f"{name}.ipynb").is_file()
        if handed_in or not recorded:
            return NotebookResult(student, name, Status.NOT_GRADED, notes=("handed in, but not graded yet",))
        return NotebookResult(student, name, Status.MISSING, notes=("not handed in",))
    try:
        return NotebookResult.from_json(_metadata(copy))
    except (ValueError, KeyError, TypeError, OSError):
        note = f"its graded copy cannot be read: run `course grade {homework} --student {student}`"
        return NotebookResult(student, name, Status.NOT_GRADED, notes=(note,))


def _metadata(path: Path) -> dict[str, Any]:
    tree = json.loads(path.read_text(encoding="utf-8"))["metadata"]["course"]
    if not isinstance(tree, dict):
        raise ValueError("no result in it")
    return tree

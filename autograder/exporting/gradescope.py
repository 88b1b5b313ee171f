"""Gradescope's ``results.json``: a student's tests with their points and messages, as Gradescope shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from nbgrader.api import Grade, Gradebook, MissingEntry

from autograder import notebooks
from autograder.course import Course
from autograder.errors import GraderError
from autograder.exporting.scores import ClassScores, StudentScore, cents, counted
from autograder.gradebook import open_gradebook
from autograder.results import NotebookResult, TestResult


@dataclass
class Results:
    """What goes into one file.

    Attributes
    ----------
    score : float
        The whole score; Gradescope shows this one, not the sum of the tests.
    output : list of str
        Lines above the tests.
    tests : list of dict
        Entries as Gradescope wants them.
    seconds : float
        Time used.
    """

    score: float = 0.0
    output: list[str] = field(default_factory=list)
    tests: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The file's content. All texts are plain text to Gradescope: what students wrote is not read as HTML."""
        return {
            "score": self.score,
            "execution_time": round(self.seconds),
            "output": "\n".join(self.output),
            "output_format": "text",
            "test_output_format": "text",
            "test_name_format": "text",
            "visibility": "visible",
            "stdout_visibility": "hidden",
            "tests": self.tests,
        }

    def add_notebook(self, result: NotebookResult) -> None:
        """Add the tests of a notebook, and what its student should know."""
        self.seconds += result.seconds
        self.output += [f"{result.notebook}: {note}" for note in result.notes]
        for cell in result.cells:
            for test in cell.tests:
                self.tests.append(entry(f"{result.notebook}: {cell.grade_id}: {test.name}", test))


def entry(name: str, test: TestResult) -> dict[str, Any]:
    """One test as Gradescope wants it."""
    return {
        "name": name,
        "score": round(test.points, 4),
        "max_score": round(test.max_points, 4),
        "status": "passed" if test.passed else "failed",
        "output": test.message,
    }


def class_results(course: Course, scores: ClassScores) -> dict[str, dict[str, Any]]:
    """The content of ``results.json`` for everybody who has been graded, by student."""
    with open_gradebook(course, scores.homework) as gradebook:
        return {
            student.person.id: _results(course, gradebook, scores.homework, student).as_json()
            for student in scores.students
            if student.graded
        }


def _results(course: Course, gradebook: Gradebook, homework: str, student: StudentScore) -> Results:
    results = Results(score=student.score)
    late = student.lateness
    if late and late.percent:
        lost = cents(student.points - student.score)
        results.output.append(
            f"{counted(late.days, 'day')} late, {late.free_days} of them free: {late.percent:g} % of {student.points:g}"
            f" points are taken off, {lost:g}"
        )
    if student.to_mark:
        results.output.append(f"not marked yet: {counted(student.to_mark, 'answer')}")
    for score in student.notebooks:
        path = course.autograded(student.person.id, homework) / f"{score.name}.ipynb"
        if path.is_file():
            try:
                results.add_notebook(NotebookResult.from_json(notebooks.read(path).metadata["course"]))
            except (KeyError, TypeError, ValueError) as error:
                raise GraderError(f"{path} holds no results: run `course grade {homework}` again") from error
        try:
            grades = gradebook.find_submission_notebook(score.name, homework, student.person.id).grades
        except MissingEntry:
            continue
        tested = {test["name"].split(": ")[1] for test in results.tests if test["name"].startswith(f"{score.name}: ")}
        results.tests += _by_hand(score.name, (grade for grade in grades if grade.name not in tested))
    return results


def _by_hand(notebook: str, grades: Iterable[Grade]) -> list[dict[str, Any]]:
    """Answers that people mark; those without results of tests, where a notebook was not handed in, are 0 here."""
    entries = []
    for grade in sorted(grades, key=lambda grade: str(grade.name)):
        waiting = bool(grade.needs_manual_grade)
        points = float(grade.score or 0.0)
        entries.append(
            {
                "name": f"{notebook}: {grade.name}",
                "score": 0.0 if waiting else round(points, 4),
                "max_score": float(grade.max_score),
                "output": "not marked yet" if waiting else _comment(grade),
            }
        )
    return entries


def _comment(grade: Grade) -> str:
    """What the grader wrote beneath the answer."""
    found = [c.comment for c in grade.notebook.comments if c.name == grade.name and c.comment]
    return str(found[0]) if found else ""

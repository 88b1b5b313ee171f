"""A class as grading leaves it, made up in no time: rows in the gradebook, results in graded copies."""

from __future__ import annotations

import random
from datetime import UTC, timedelta

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

from autograder import notebooks
from autograder.course import Course
from autograder.nbgrader_log import no_database_warnings
from autograder.results import CellResult, NotebookResult, Status, TestResult

TESTS = ("values", "other sizes", "float32 inputs", "called again")


def make_class(course: Course, size: int = 30, homework: str = "hw2") -> list[str]:
    """Grade `size` students who do not exist.

    Of every graded part, the test ``values`` is failed by the weaker ones, ``other sizes`` by the same, ``float32
    inputs`` by nobody who wrote something, ``called again`` by everybody. The last student wrote nothing, the first was
    late by a day and a half, the second handed in a single notebook. Every third has been marked.
    """
    draw = random.Random(7)
    names = [f"student{number:02d}" for number in range(size)]
    due = course.assignment(homework).due
    with no_database_warnings(), Gradebook(course.gradebook_url) as gradebook:
        for number, name in enumerate(names):
            gradebook.update_or_create_student(name, first_name="Ada", last_name=f"Family{number}")
            stamp = due + (timedelta(hours=36) if number == 0 else timedelta(hours=-3))
            submission = gradebook.update_or_create_submission(
                homework, name, timestamp=stamp.astimezone(UTC).replace(tzinfo=None)
            )
            strength = 0.0 if number == size - 1 else draw.random()
            for entry in submission.notebooks:
                missing = number == 1 and entry.name != submission.notebooks[0].name
                if not missing:
                    _write(course, homework, name, entry, strength, draw)
                _score(entry, strength, missing, number)
                if number == 0:
                    entry.late_submission_penalty = 1.0
        gradebook.db.commit()
    return names


def _passed(test: str, strength: float, limit: float) -> bool:
    if strength == 0 or test == "called again":
        return False
    return test == "float32 inputs" or strength > limit


def _cell(cell, strength: float, number: int) -> CellResult:
    share = cell.max_score / len(TESTS)
    found = []
    for test in TESTS:
        passed = _passed(test, strength, 0.2 + 0.15 * number)
        message = "" if passed else f"dx: expected shape (3, 4), got (4, 3): transposed? <b>{test}</b>"
        found.append(TestResult(test, passed, share if passed else 0.0, share, message, 0.01))
    return CellResult(cell.name, cell.max_score, tuple(found))


def _by_tests(entry):
    solutions = {cell.name for cell in entry.notebook.solution_cells}
    return [cell for cell in entry.notebook.grade_cells if cell.name not in solutions]


def _write(course: Course, homework: str, student: str, entry, strength: float, draw: random.Random) -> None:
    cells = tuple(_cell(cell, strength, number) for number, cell in enumerate(_by_tests(entry)))
    status = Status.REPAIRED if strength > 0.9 else Status.STOPPED if 0 < strength < 0.1 else Status.GRADED
    notes = () if status is Status.GRADED else (f"the cell that begins with `print('{student}')` was stopped",)
    result = NotebookResult(student, entry.name, status, cells, notes, seconds=round(2 + 20 * draw.random() ** 3, 2))
    notebook = new_notebook(
        cells=[new_markdown_cell("# Title")], metadata={"course": nbformat.from_dict(result.as_json())}
    )
    notebooks.write(notebook, course.autograded(student, homework) / f"{entry.name}.ipynb")


def _score(entry, strength: float, missing: bool, number: int) -> None:
    by_tests = {cell.name: n for n, cell in enumerate(_by_tests(entry))}
    for given in entry.grades:
        if missing or strength == 0:
            given.auto_score, given.needs_manual_grade = 0, False
        elif given.name in by_tests:
            given.auto_score = round(_cell(given.cell, strength, by_tests[given.name]).points, 4)
            given.needs_manual_grade = False
        elif number % 3 == 0:
            given.manual_score, given.needs_manual_grade = given.cell.max_score / 2, False
        else:
            given.auto_score, given.needs_manual_grade = None, True

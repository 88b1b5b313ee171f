"""One student's graded notebook, as grading leaves it, made without running anything."""

from __future__ import annotations

from collections.abc import Mapping

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder import notebooks
from autograder.course import Course
from autograder.grading import _write_down
from autograder.nbgrader_log import no_database_warnings
from autograder.record import load_record
from autograder.results import CellResult, NotebookResult, Status, TestResult
from autograder.samples import fill_in
from autograder.sanitise import sanitise

HOMEWORK = "hw2"


def put(
    course: Course,
    student: str,
    cells: Mapping[str, str],
    name: str = "3_rnn",
    outputs: Mapping[str, list[NotebookNode]] | None = None,
    notes: tuple[str, ...] = (),
    extra: tuple[NotebookNode, ...] = (),
) -> None:
    """Put a student's notebook below ``autograded/`` and into the gradebook.

    Parameters
    ----------
    cells : mapping
        The texts of solution cells by ``grade_id``; written answers among them wait to be marked.
    outputs : mapping, optional
        What cells printed and drew, by ``grade_id``.
    extra : tuple of NotebookNode
        Cells of the student's own, put first.
    """
    handed_in = fill_in(course, HOMEWORK, name, dict(cells))
    handed_in.cells[:0] = extra
    record = load_record(course, HOMEWORK, name)
    notebook = sanitise(notebooks.dumps(handed_in).encode(), record).notebook
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = list((outputs or {}).get(notebooks.grade_id_of(cell) or "", ()))
    results = tuple(_result(cell.grade_id, cell.points) for cell in record.cells if cell.graded_by_tests)
    result = NotebookResult(student, name, Status.GRADED, results, notes, seconds=2.5)
    _write_down(notebook, result)
    notebooks.write(nbformat.from_dict(notebook), course.autograded(student, HOMEWORK) / f"{name}.ipynb")
    _record(course, student, name, result, set(cells))


def _result(grade_id: str, points: float) -> CellResult:
    half = points / 2
    message = "dx: expected shape (3, 5), got (5, 3): is it transposed? <script>owned('message')</script>"
    return CellResult(
        grade_id, points, (TestResult("values", True, half, half), TestResult("other sizes", False, 0.0, half, message))
    )


def _record(course: Course, student: str, name: str, result: NotebookResult, written: set[str]) -> None:
    scores = {cell.grade_id: cell.points for cell in result.cells}
    with no_database_warnings(), Gradebook(course.gradebook_url) as gradebook:
        gradebook.update_or_create_student(student)
        gradebook.update_or_create_submission(HOMEWORK, student)
        for given in gradebook.find_submission_notebook(name, HOMEWORK, student).grades:
            given.auto_score = scores.get(given.name, 0.0 if given.name not in written else None)
            given.needs_manual_grade = given.name not in scores and given.name in written
        for entry in gradebook.find_submission(HOMEWORK, student).notebooks:
            for given in entry.grades if entry.name != name else ():
                given.auto_score, given.needs_manual_grade = 0, False
        gradebook.db.commit()


def mark(course: Course, student: str, question: str, points: float, comment: str, name: str = "3_rnn") -> None:
    """Mark an answer, as the formgrader would."""
    with no_database_warnings(), Gradebook(course.gradebook_url) as gradebook:
        given = gradebook.find_grade(question, name, HOMEWORK, student)
        given.manual_score, given.needs_manual_grade = points, False
        gradebook.find_comment(question, name, HOMEWORK, student).manual_comment = comment
        gradebook.db.commit()

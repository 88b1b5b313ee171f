"""Grades one notebook: run its cells, run the hidden tests on what they defined, write down what came of it."""

from __future__ import annotations

import ast
import html
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder import notebooks
from autograder.assignment import Limits
from autograder.course import Course
from autograder.errors import GraderError
from autograder.provisioner import Launcher
from autograder.record import Record, RecordedCell
from autograder.results import CellResult, NotebookResult, Status, TestResult
from autograder.student import Student
from autograder.testing import Group, run_test, shares
from autograder.workbench import Workbench

_NOT_RUN = (Status.UNREADABLE, Status.REFUSED)


@dataclass(frozen=True)
class Setup:
    """All that grading a notebook needs besides the notebook.

    Attributes
    ----------
    record : Record
        The notebook as released.
    groups : mapping
        The homework's hidden tests by name.
    launcher : Launcher
        Where kernels come from.
    limits : Limits
        Time, memory and output that the notebook may use.
    seed : int
        Seeds the inputs of the tests.
    course_code : mapping
        Source of the course's own version of each function, for tests that rest on another part of the homework.
    """

    record: Record
    groups: Mapping[str, Group]
    launcher: Launcher
    limits: Limits
    seed: int
    course_code: Mapping[str, str]


def grade_notebook(
    notebook: NotebookNode, setup: Setup, student: str, status: Status, notes: tuple[str, ...]
) -> NotebookResult:
    """Run and grade a sanitised notebook; outputs and the results are put into it.

    Parameters
    ----------
    notebook : NotebookNode
        As `sanitise` built it. Afterwards each graded cell holds a table of its tests and its score, and
        ``metadata.course`` holds the returned result.
    student : str
        The student's name, for the result.
    status, notes
        What `sanitise` said of the submission.

    Raises
    ------
    GraderError
        If the grader could not do its work; the notebook is then not to be recorded.
    """
    started = time.monotonic()
    if status in _NOT_RUN:
        tests: dict[str, list[TestResult]] = _nothing_passed(setup, "the submitted file could not be read")
    else:
        tests, run_notes = _run(notebook, setup)
        notes = (*notes, *run_notes)
        status = Status.STOPPED if run_notes else status
    cells = tuple(
        CellResult(cell.grade_id, cell.points, tuple(tests[cell.grade_id])) for cell in graded_cells(setup.record)
    )
    result = NotebookResult(
        student, setup.record.notebook, status, cells, notes, seconds=round(time.monotonic() - started, 2)
    )
    _write_down(notebook, result)
    return result


def graded_cells(record: Record) -> list[RecordedCell]:
    """The cells whose points are decided by hidden tests.

    Raises
    ------
    GraderError
        If one of them names no test.
    """
    cells = [cell for cell in record.cells if cell.graded_by_tests]
    for cell in cells:
        if not cell.groups:
            raise GraderError(f"the grading cell {cell.grade_id} of {record.notebook} calls no hidden_tests(...)")
    return cells


def _tests_of(cell: RecordedCell, setup: Setup) -> list[tuple[Group, float]]:
    """The groups behind a cell, each with its part of the points: by weight, over all of the cell's groups."""
    for name in cell.groups:
        if name not in setup.groups:
            raise GraderError(f"{cell.grade_id} asks for the hidden tests {name!r}, which do not exist")
    groups = [setup.groups[name] for name in cell.groups]
    weights = [sum(test.weight for test in group.tests) for group in groups]
    return [(group, cell.points * weight / sum(weights)) for group, weight in zip(groups, weights, strict=True)]


def _nothing_passed(setup: Setup, message: str) -> dict[str, list[TestResult]]:
    return {
        cell.grade_id: [
            TestResult(test.name, False, 0.0, share, message)
            for group, points in _tests_of(cell, setup)
            for test, share in shares(group.tests, points)
        ]
        for cell in graded_cells(setup.record)
    }


def _run(notebook: NotebookNode, setup: Setup) -> tuple[dict[str, list[TestResult]], list[str]]:
    """Run the cells, then the tests; the visible checks in graded cells are for students and are not run again."""
    graded = {cell.grade_id for cell in graded_cells(setup.record)}
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and notebooks.grade_id_of(cell) not in graded]
    source = "\n".join(cell.source for cell in code)
    with Workbench(code, setup.launcher, setup.limits) as bench:
        bench.run()
        bench.finish()
        student = Student(bench.ask, source)
        results = {
            cell.grade_id: [
                run_test(test, student, setup.seed, share)
                for group, points in _tests_of(cell, setup)
                for test, share in shares(group.tests, points)
            ]
            for cell in graded_cells(setup.record)
        }
        notes = bench.notes
    return _retry_on_course_code(results, code, source, setup), notes


def _retry_on_course_code(
    results: dict[str, list[TestResult]], code: list[NotebookNode], source: str, setup: Setup
) -> dict[str, list[TestResult]]:
    """Run failed tests again where they rest on functions that are wrong themselves, with the course's in their place.

    One mistake is then not paid for twice. What this second kernel prints is shown to nobody.
    """
    wrong = {
        group.name
        for cell in graded_cells(setup.record)
        for group, _ in _tests_of(cell, setup)
        if not _all_passed(group, results[cell.grade_id])
    }
    retry: dict[tuple[str, ...], list[str]] = {}
    for cell in graded_cells(setup.record):
        for group, _ in _tests_of(cell, setup):
            if group.name in wrong and wrong.intersection(group.needs):
                retry.setdefault(group.needs, []).append(cell.grade_id)
    improved = dict(results)
    for needed, grade_ids in retry.items():
        extra = "\n\n".join(dict.fromkeys(setup.course_code[name] for name in needed))
        with Workbench([_bare(cell) for cell in code], setup.launcher, setup.limits, extra) as bench:
            bench.run()
            bench.finish()
            student = Student(bench.ask, source)
            for grade_id in grade_ids:
                improved[grade_id] = _again(improved[grade_id], setup.record.cell(grade_id), student, setup, needed)
    return improved


def _all_passed(group: Group, results: list[TestResult]) -> bool:
    names = {test.name for test in group.tests}
    return all(result.passed for result in results if result.name in names)


def _bare(cell: NotebookNode) -> NotebookNode:
    return nbformat.v4.new_code_cell(cell.source, metadata=cell.metadata)


def _again(
    results: list[TestResult], cell: RecordedCell, student: Student, setup: Setup, needed: tuple[str, ...]
) -> list[TestResult]:
    tests = [(test, share) for group, points in _tests_of(cell, setup) for test, share in shares(group.tests, points)]
    improved = []
    for old, (test, share) in zip(results, tests, strict=True):
        new = old if old.passed else run_test(test, student, setup.seed, share)
        if new.passed and not old.passed:
            new = replace(new, message=f"passed with the course's {' and '.join(needed)} in place of yours")
        improved.append(new if new.passed else old)
    return improved


def course_code(course: Course, homework: str) -> dict[str, str]:
    """The source of the course's solution cells, by the functions and classes that they define."""
    code: dict[str, str] = {}
    for path in sorted(course.source(homework).glob("*.ipynb")):
        for cell in notebooks.read(path).cells:
            if cell.cell_type == "code" and notebooks.meta_of(cell).get("solution"):
                for node in ast.parse(cell.source).body:
                    if isinstance(node, ast.FunctionDef | ast.ClassDef):
                        code[node.name] = cell.source
    return code


def _write_down(notebook: NotebookNode, result: NotebookResult) -> None:
    """Put the result into the notebook, where nbgrader and the feedback find it."""
    by_id = {cell.grade_id: cell for cell in result.cells}
    for cell in notebook.cells:
        graded = by_id.get(notebooks.grade_id_of(cell) or "")
        if graded is not None:
            table = {"text/html": as_html(graded), "text/plain": as_text(graded)}
            cell.outputs = [
                new_output("display_data", data=table),
                new_output("execute_result", data={"text/plain": repr(graded.points)}, execution_count=None),
            ]
    notebook.metadata["course"] = nbformat.from_dict(result.as_json())


def as_text(cell: CellResult) -> str:
    """A graded cell's tests as lines of text."""
    lines = [f"{cell.points:g} of {cell.max_points:g} points"]
    for test in cell.tests:
        lines.append(f"{'ok   ' if test.passed else 'wrong'}  {test.points:.2f}/{test.max_points:.2f}  {test.name}")
        if test.message:
            lines.append(f"         {test.message}")
    return "\n".join(lines)


def as_html(cell: CellResult) -> str:
    """A graded cell's tests as an HTML table; every text is escaped."""
    rows = "".join(
        f"<tr><td>{'ok' if test.passed else '<b>wrong</b>'}</td><td>{html.escape(test.name)}</td>"
        f"<td>{test.points:.2f} / {test.max_points:.2f}</td><td>{html.escape(test.message)}</td></tr>"
        for test in cell.tests
    )
    return (
        f"<table><caption>{cell.points:g} of {cell.max_points:g} points</caption>"
        "<thead><tr><th>result</th><th>test</th><th>points</th><th>what to look at</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )

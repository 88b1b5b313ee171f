"""Grades one notebook: run its cells, run the hidden tests on what they defined, write down what came of it."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder import notebooks
from autograder.assignment import Limits
from autograder.course_code import replacing
from autograder.errors import GraderError, KernelLost
from autograder.provisioner import Launcher
from autograder.record import Record, RecordedCell
from autograder.results import CellResult, NotebookResult, Status, TestResult
from autograder.siblings import course_siblings, source_of, writing
from autograder.student import Student
from autograder.testing import Group, run_groups, shares
from autograder.workbench import Workbench

TRIES = 3
"""How often a notebook is begun if its kernel is killed by something else than its own code."""
_GPU_TROUBLE = re.compile(r"CUDA error|CUDA out of memory|OutOfMemoryError|AcceleratorError|CUDNN_STATUS|CUBLAS_STATUS")
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
    tell : callable
        Is told of each cell that begins to run: its number, the number of all, its name.
    """

    record: Record
    groups: Mapping[str, Group]
    launcher: Launcher
    limits: Limits
    seed: int
    course_code: Mapping[str, str]
    tell: Callable[[int, int, str], None] = lambda *step: None


def grade_notebook(
    notebook: NotebookNode,
    setup: Setup,
    student: str,
    status: Status,
    notes: tuple[str, ...],
    siblings: Mapping[str, str] | None = None,
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
    siblings : mapping, optional
        The student's other notebooks that this one builds on, from `autograder.siblings`.

    Raises
    ------
    GraderError
        If the grader could not do its work; the notebook is then not to be recorded.
    """
    started = time.monotonic()
    if status in _NOT_RUN:
        tests: dict[str, list[TestResult]] = _nothing_passed(setup, "the submitted file could not be read")
    else:
        tests, run_notes = _run_until_not_killed(notebook, setup, siblings or {})
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


def _run_until_not_killed(
    notebook: NotebookNode, setup: Setup, siblings: Mapping[str, str]
) -> tuple[dict[str, list[TestResult]], list[str]]:
    """Begin again if a kernel is killed by the system or by somebody.

    A fresh kernel, unlike a forked one, can also have killed itself without a trace. From the second time on that is
    what is assumed of it.
    """
    for losses in range(TRIES - 1):
        try:
            return _run(notebook, setup, siblings, blame_kills=losses > 0)
        except KernelLost:
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    cell.outputs = []
    return _run(notebook, setup, siblings, blame_kills=True)


def _run(
    notebook: NotebookNode, setup: Setup, siblings: Mapping[str, str], blame_kills: bool = False
) -> tuple[dict[str, list[TestResult]], list[str]]:
    """Run the cells, then the tests; the visible checks in graded cells are for students and are not run again."""
    cells = graded_cells(setup.record)
    graded = {cell.grade_id for cell in cells}
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and notebooks.grade_id_of(cell) not in graded]
    source = "\n".join([*(cell.source for cell in code), source_of(siblings)])
    notes: list[str] = []

    @contextmanager
    def opened(needed: tuple[str, ...]) -> Iterator[Student]:
        beside = course_siblings(setup.record, needed, setup.course_code) if needed else siblings
        # What a kernel that holds some of the course's code prints is shown to nobody: it gets copies of the cells.
        extra = replacing(needed, setup.course_code) if needed else ""
        own = [*writing(beside), *(_copies(code, needed, extra) if needed else code)]
        with Workbench(own, setup.launcher, setup.limits, extra, blame_kills, setup.tell) as bench:
            bench.run()
            if setup.launcher.policy.limits.gpu_devices:
                _refuse_gpu_trouble(own)
            bench.finish()
            yield Student(bench.ask, source)
            if not needed:
                notes.extend(bench.notes)

    asked = {group.name: (group, points) for cell in cells for group, points in _tests_of(cell, setup)}
    results = run_groups(asked, opened, setup.seed, setup.groups)
    return {cell.grade_id: [test for name in cell.groups for test in results[name]] for cell in cells}, notes


def _refuse_gpu_trouble(cells: list[NotebookNode]) -> None:
    """Raise `KernelLost` if a cell failed because the GPU did: out of memory, which others may use up, or broken."""
    for cell in cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "error" and _GPU_TROUBLE.search(f"{output.ename}: {output.evalue}"):
                raise KernelLost(f"the GPU failed: {output.evalue.splitlines()[0][:200]}")


def _copies(cells: list[NotebookNode], needed: tuple[str, ...], extra: str) -> list[NotebookNode]:
    """Copies of the cells, the course's code behind each that defines what is needed: later cells may train by it."""
    copies = []
    for cell in cells:
        copies.append(nbformat.v4.new_code_cell(cell.source, metadata=cell.metadata))
        if notebooks.grade_id_of(cell) in needed:
            copies.append(nbformat.v4.new_code_cell(extra))
    return copies


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
        f"<table><caption>{cell.points:.2f} of {cell.max_points:g} points</caption>"
        "<thead><tr><th>result</th><th>test</th><th>points</th><th>what to look at</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )

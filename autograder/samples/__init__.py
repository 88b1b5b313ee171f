"""Made-up submissions of different quality, for the demo and for tests of the whole road.

Each is the release with some cells filled in: with the course's solutions, or with what stands in a file of this
folder, ``<homework>/<student>/<notebook>.py``, whose cells name the solution cell that they replace.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder import notebooks
from autograder.course import Course

Change = Callable[[NotebookNode], None]
_CELL = re.compile(r"^# %% (\w+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Sample:
    """One made-up student.

    Attributes
    ----------
    name : str
        The student's id, which says what the submission is.
    about : str
        One line for people.
    solved : bool
        Whether the solution cells are filled in with the course's solutions before anything else.
    late : timedelta
        How long after the due date it was handed in.
    change : callable, optional
        What else is done to each notebook.
    """

    name: str
    about: str
    solved: bool = True
    late: timedelta = timedelta(hours=-2)
    change: Change | None = None


def _insert_in_the_middle(source: str) -> Change:
    def change(notebook: NotebookNode) -> None:
        solutions = [
            i for i, c in enumerate(notebook.cells) if c.cell_type == "code" and notebooks.meta_of(c).get("solution")
        ]
        notebook.cells.insert(solutions[len(solutions) // 2], new_code_cell(source, id="in-the-middle"))

    return change


def _take_the_points(notebook: NotebookNode) -> None:
    """Ways that work elsewhere: removes asserts from every cell, forges the score, unlocks and skips the tests."""
    attack = Path(__file__).with_name("cheat.py").read_text(encoding="utf-8")
    notebook.cells.insert(1, new_code_cell(attack, id="attack"))
    for cell in notebook.cells:
        meta = notebooks.meta_of(cell)
        if meta.get("grade") and cell.cell_type == "code":
            cell.source = "15.0"
            cell.metadata["tags"] = ["skip-execution"]
            meta.update(points=100, locked=False)


SAMPLES = (
    Sample("right", "the course's own solutions"),
    Sample("partly_right", "LSTM gates swapped, db not summed over the batch"),
    Sample("blank", "the release as it was handed out", solved=False),
    Sample("late", "right, but handed in a day and a half late", late=timedelta(hours=36)),
    Sample(
        "crashing",
        "right, but a cell in the middle ends the kernel",
        change=_insert_in_the_middle("import os\nos._exit(1)"),
    ),
    Sample(
        "endless", "right, but a cell in the middle never ends", change=_insert_in_the_middle("while True:\n    pass")
    ),
    Sample("cheating", "nothing solved; claims full points by several tricks", solved=False, change=_take_the_points),
)


def make_samples(course: Course, homework: str) -> list[Sample]:
    """Write all sample submissions below ``submitted/``.

    Returns
    -------
    list of Sample
        Those that were written.
    """
    assignment = course.assignment(homework)
    for sample in SAMPLES:
        folder = course.submitted(sample.name, homework)
        folder.mkdir(parents=True, exist_ok=True)
        stamp = (assignment.due + sample.late).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
        (folder / "timestamp.txt").write_text(stamp + "\n", encoding="utf-8")
        for policy in assignment.notebooks:
            notebook = fill_in(course, homework, policy.name, _cells_of(sample, course, homework, policy.name))
            if sample.change:
                sample.change(notebook)
            notebooks.write(notebook, folder / f"{policy.name}.ipynb")
    return list(SAMPLES)


def fill_in(course: Course, homework: str, name: str, cells: dict[str, str]) -> NotebookNode:
    """A released notebook with the text of some of its solution cells replaced.

    Parameters
    ----------
    course, homework, name
        Which notebook.
    cells : dict
        New texts by ``grade_id``.
    """
    notebook = notebooks.read(course.release(homework) / f"{name}.ipynb")
    for cell in notebook.cells:
        if notebooks.meta_of(cell).get("solution"):
            cell.source = cells.get(notebooks.grade_id_of(cell) or "", cell.source)
    return notebook


def solutions_of(course: Course, homework: str, name: str) -> dict[str, str]:
    """The texts of the solution cells of an instructor's notebook, by ``grade_id``, without nbgrader's markers."""
    source = notebooks.read(course.source(homework) / f"{name}.ipynb")
    return {
        notebooks.grade_id_of(cell) or "": re.sub(
            r"^[^\n]*### (BEGIN|END) SOLUTION\n?", "", cell.source, flags=re.MULTILINE
        )
        for cell in source.cells
        if notebooks.meta_of(cell).get("solution")
    }


def _cells_of(sample: Sample, course: Course, homework: str, name: str) -> dict[str, str]:
    cells = solutions_of(course, homework, name) if sample.solved else {}
    file = Path(__file__).parent / homework / sample.name / f"{name}.py"
    if file.is_file():
        parts = _CELL.split(file.read_text(encoding="utf-8"))
        cells.update(dict(zip(parts[1::2], (text.strip("\n") for text in parts[2::2]), strict=True)))
    return cells

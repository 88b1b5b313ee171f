"""Reads the notebooks as they lie on disk, and finds what can be found without running them."""

from __future__ import annotations

import hashlib
import json
import re
import stat
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from utils.submit.homework import Cell, Homework, Notebook

_ANSWER_MARKS = re.compile(r"^\s*(?:# YOUR CODE HERE|YOUR ANSWER HERE)\s*$", re.MULTILINE)
_NOT_DONE = re.compile(r"^\s*raise NotImplementedError\(\)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Problem:
    """Something that the student should know before handing in."""

    where: str
    """The notebook's file."""
    text: str
    """What is the matter and what to do, in one line."""
    missing: bool = False
    """Whether the notebook can't be handed in at all."""

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


@dataclass(frozen=True)
class Opened:
    """A notebook that can be handed in."""

    notebook: Notebook
    data: bytes
    """The file as it was read; this, and nothing that is saved later, is run and packed."""
    tree: NotebookNode

    def cell(self, grade_id: str) -> NotebookNode | None:
        """The cell of that name, or None."""
        return next((cell for cell in self.tree.cells if name_of(cell) == grade_id), None)


def name_of(cell: NotebookNode) -> str | None:
    """The name by which the grader knows a cell, if it does."""
    meta = cell.get("metadata", {}).get("nbgrader")
    return meta.get("grade_id") if isinstance(meta, dict) else None


def open_notebook(homework: Homework, notebook: Notebook) -> Opened | Problem:
    """Read one notebook, or say why it can't be handed in."""

    def problem(text: str) -> Problem:
        return Problem(notebook.file, text, missing=True)

    path = homework.folder / notebook.file
    try:
        info = path.lstat()
        if not stat.S_ISREG(info.st_mode):
            return problem("is a link or a folder and not a file; put the notebook itself there")
        if info.st_size > homework.submission_mib * 2**20:
            return problem(
                f"has {info.st_size / 2**20:.1f} MiB, at most {homework.submission_mib} are taken; clear its outputs "
                "(in Jupyter: Edit, Clear Outputs of All Cells), save it and try again"
            )
        data = path.read_bytes()
    except FileNotFoundError:
        similar = _similar(homework, notebook)
        hint = (
            f"there is {similar!r}: rename it" if similar else "unpack the homework's zip again and take it from there"
        )
        return problem(f"is missing; {hint}")
    except OSError as error:
        return problem(f"cannot be read ({error.strerror}); look at its permissions")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an old tool may have left out the cells' ids, which is no fault
            tree = nbformat.reads(data.decode("utf-8-sig"), as_version=4)
        assert all(isinstance(cell.source, str) and cell.cell_type for cell in tree.cells)
    except Exception:  # what is no notebook fails in many ways
        return problem("is not a notebook any more; open it in Jupyter and save it again, or start from a fresh copy")
    return Opened(notebook, data, tree)


def look_at(opened: Opened) -> Iterator[Problem]:
    """What is to be seen in a notebook's text: cells that are gone, changed, or without an answer."""
    file = opened.notebook.file
    gone = [cell.grade_id for cell in opened.notebook.cells if opened.cell(cell.grade_id) is None]
    if gone:
        yield Problem(file, f"lacks the cells {', '.join(gone)}; copy your work into a fresh copy of the notebook")
    changed = [cell.grade_id for cell in opened.notebook.cells if cell.kind != "answer" and _changed(opened, cell)]
    if changed:
        yield Problem(
            file, f"the locked cells {', '.join(changed)} were changed; the grader takes its own, undo it if you can"
        )
    empty = unanswered(opened)
    if empty:
        yield Problem(file, f"not answered yet: {', '.join(empty)}")


def unanswered(opened: Opened) -> list[str]:
    """Names of the cells that the student was to write and has left as they were."""
    names = []
    for cell in opened.notebook.cells:
        found = opened.cell(cell.grade_id)
        if cell.kind == "answer" and found is not None:
            untouched = not _changed(opened, cell) and (_ANSWER_MARKS.search(found.source) or not found.source.strip())
            if untouched or _NOT_DONE.search(found.source):
                names.append(cell.grade_id)
    return names


def run_in_order(opened: Opened) -> bool:
    """Whether the outputs that were saved are of one run from top to bottom."""
    counts = [
        cell.get("execution_count") for cell in opened.tree.cells if cell.cell_type == "code" and cell.source.strip()
    ]
    return all(isinstance(count, int) for count in counts) and counts == sorted(set(counts))


def _changed(opened: Opened, cell: Cell) -> bool:
    found = opened.cell(cell.grade_id)
    return found is not None and hashlib.sha256(found.source.strip().encode()).hexdigest() != cell.sha256


def _similar(homework: Homework, notebook: Notebook) -> str | None:
    """A file in the folder that is this notebook under another name: a copy, a second download."""
    wanted = {notebook.file for notebook in homework.notebooks}
    ids = {cell.grade_id for cell in notebook.cells}
    for path in sorted(homework.folder.glob("*.ipynb")):
        if path.name not in wanted and len(ids & _ids_in(path)) > len(ids) / 2:
            return path.name
    return None


def _ids_in(path: Path) -> set[str | None]:
    try:
        tree = nbformat.from_dict(json.loads(path.read_text(encoding="utf-8")))
        return {name_of(cell) for cell in tree.cells}
    except Exception:  # some other file that happens to end so
        return set()

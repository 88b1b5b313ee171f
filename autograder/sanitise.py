"""Rebuilds a submitted notebook from the release, taking nothing from the submission but the student's own text.

Whatever is submitted, the result is a notebook in which every recorded cell stands once, in the recorded order, locked
cells with the recorded text, and the student's additional cells after the cell that they followed. Metadata, tags,
outputs, kernel names and cell ids of the submission are not read into it.
"""

from __future__ import annotations

import base64
import binascii
import json
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from autograder.errors import SubmissionRefused
from autograder.notebooks import KERNELSPEC
from autograder.record import Record, RecordedCell
from autograder.results import Status

MAX_CELLS = 2000
_KINDS = ("code", "markdown", "raw")
_PICTURES = {"image/png": b"\x89PNG\r\n", "image/jpeg": b"\xff\xd8\xff"}


@dataclass(frozen=True)
class SubmittedCell:
    """What is read from one cell of a submission."""

    cell_type: str
    source: str
    grade_id: str | None
    id: str | None
    attachments: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sanitised:
    """A notebook that is safe to run and to grade, and what had to be put right.

    Attributes
    ----------
    notebook : NotebookNode
        For a submission that cannot be read, the release itself.
    status : Status
        ``GRADED``, ``REPAIRED``, ``UNREADABLE`` or ``REFUSED``.
    notes : tuple of str
        One sentence for each thing that was put right, or why the file was refused.
    """

    notebook: NotebookNode
    status: Status
    notes: tuple[str, ...] = ()


def read_submission(path: Path, max_bytes: int) -> bytes:
    """The bytes of a submitted file.

    Raises
    ------
    SubmissionRefused
        If it is a link or no plain file, or larger than `max_bytes`.
    """
    info = path.lstat()
    if stat.S_ISLNK(info.st_mode):
        raise SubmissionRefused("the file is a link; hand in the notebook itself")
    if not stat.S_ISREG(info.st_mode):
        raise SubmissionRefused("not a plain file; hand in the notebook itself")
    if info.st_size > max_bytes:
        size, limit = info.st_size / 2**20, max_bytes / 2**20
        raise SubmissionRefused(f"the file has {size:.1f} MiB, at most {limit:.0f} are allowed: clear its outputs")
    return path.read_bytes()


def sanitise_file(path: Path, record: Record, max_bytes: int) -> Sanitised:
    """Read a submitted file and rebuild it; never raises on what a student handed in."""
    try:
        return sanitise(read_submission(path, max_bytes), record)
    except SubmissionRefused as error:
        return refused(record, str(error))


def refused(record: Record, reason: str) -> Sanitised:
    """What stands for a file that was not read: the release itself."""
    return Sanitised(_assemble({}, {}, record), Status.REFUSED, (reason,))


def sanitise(data: bytes, record: Record) -> Sanitised:
    """Rebuild a notebook from a submission's bytes.

    Parameters
    ----------
    data : bytes
        Anything at all.
    record : Record
        The notebook as released.

    Returns
    -------
    Sanitised
        Never raises an exception because of `data`.
    """
    try:
        cells, notes = _read_cells(data)
    except SubmissionRefused as error:
        return Sanitised(_assemble({}, {}, record), Status.UNREADABLE, (str(error),))
    found = _match(cells, record, notes)
    extras = _extras(cells, found, record, notes)
    missing = [cell.grade_id for cell in record.cells if cell.grade_id not in found]
    if missing:
        notes.append(f"cells were missing and were put back as released: {', '.join(missing)}")
    status = Status.REPAIRED if notes else Status.GRADED
    matched = {grade_id: cells[index] for grade_id, index in found.items()}
    return Sanitised(_assemble(matched, extras, record), status, tuple(notes))


def _read_cells(data: bytes) -> tuple[list[SubmittedCell], list[str]]:
    """The cells of a notebook file as plain values, and notes about what was strange."""
    try:
        tree = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise SubmissionRefused("not a notebook: the file is not JSON. Save it again from Jupyter") from error
    if isinstance(tree, dict) and "cells" not in tree and isinstance(tree.get("worksheets"), list):
        tree = _upgrade(tree)
    if not isinstance(tree, dict) or not isinstance(tree.get("cells"), list) or not tree["cells"]:
        raise SubmissionRefused("not a notebook: the file has no cells. Save it again from Jupyter")
    if len(tree["cells"]) > MAX_CELLS:
        raise SubmissionRefused(f"the notebook has {len(tree['cells'])} cells; at most {MAX_CELLS} are read")
    notes = []
    kernel = _dig(tree, "metadata", "kernelspec", "name")
    language = _dig(tree, "metadata", "kernelspec", "language")
    if (kernel not in (None, KERNELSPEC["name"]) and language not in (None, "python")) or language not in (
        None,
        "python",
    ):
        notes.append("the notebook asked for another kernel than Python; it was run with Python")
    cells = [_read_cell(cell) for cell in tree["cells"]]
    if None in cells:
        notes.append(f"{cells.count(None)} cells could not be read and were left out")
    return [cell for cell in cells if cell is not None], notes


def _upgrade(tree: dict[str, Any]) -> Any:
    """A notebook of format 3 in today's form, or what cannot be read."""
    try:
        return nbformat.convert(nbformat.from_dict(tree), 4)
    except Exception:  # a converter that meets arbitrary JSON may raise anything
        return None


def _dig(tree: Any, *keys: str) -> Any:
    for key in keys:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def _read_cell(cell: Any) -> SubmittedCell | None:
    if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str) or cell["cell_type"] not in _KINDS:
        return None
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    # Lone surrogates are valid in JSON but can be neither written as UTF-8 nor run.
    source = source.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    grade_id, cell_id = _dig(cell, "metadata", "nbgrader", "grade_id"), cell.get("id")
    return SubmittedCell(
        cell["cell_type"],
        source,
        grade_id if isinstance(grade_id, str) else None,
        cell_id if isinstance(cell_id, str) else None,
        _pictures(cell.get("attachments")),
    )


def _pictures(attachments: Any) -> dict[str, dict[str, str]]:
    """Photographs that are attached to a cell (a derivation by hand), and nothing else."""
    kept: dict[str, dict[str, str]] = {}
    if not isinstance(attachments, dict):
        return kept
    for name, bundle in attachments.items():
        for mime, start in _PICTURES.items():
            data = _dig(bundle, mime)
            data = "".join(data) if isinstance(data, list) and all(isinstance(d, str) for d in data) else data
            if not isinstance(data, str):
                continue
            try:
                picture = base64.b64decode("".join(data.split()), validate=True)
            except (binascii.Error, ValueError):
                continue
            if picture.startswith(start):
                clean = name.encode("utf-8", "replace").decode("utf-8")
                kept[clean] = {mime: base64.b64encode(picture).decode("ascii")}
    return kept


def _match(cells: list[SubmittedCell], record: Record, notes: list[str]) -> dict[str, int]:
    """Which submitted cell is which recorded one: by name, else by id, else (locked cells) by text."""
    found: dict[str, int] = {}
    recorded = {cell.grade_id: cell for cell in record.cells}
    for index, cell in enumerate(cells):
        if cell.grade_id in recorded and cell.grade_id not in found:
            found[cell.grade_id] = index
    free = [i for i, cell in enumerate(cells) if cell.grade_id not in recorded]
    for want in record.cells:
        if want.grade_id in found:
            continue
        for index in free:
            if cells[index].id == want.id or (not want.solution and _same(cells[index].source, want.source)):
                found[want.grade_id] = index
                free.remove(index)
                break
    changed = []
    for grade_id, index in found.items():
        want, cell = recorded[grade_id], cells[index]
        if not want.solution and not _same(cell.source, want.source):
            changed.append(grade_id)
        elif cell.cell_type != want.cell_type:
            notes.append(f"the cell {grade_id} had been made a {cell.cell_type} cell; it was read as {want.cell_type}")
    if changed:
        notes.append(f"locked cells had been changed and were put back as released: {', '.join(changed)}")
    order = [found[cell.grade_id] for cell in record.cells if cell.grade_id in found]
    if order != sorted(order):
        notes.append("cells had been moved and were put back in the released order")
    return found


def _same(one: str, other: str) -> bool:
    return one.strip() == other.strip()


def _extras(
    cells: list[SubmittedCell], found: dict[str, int], record: Record, notes: list[str]
) -> dict[str | None, list[SubmittedCell]]:
    """Cells of the student's own (and the release's prose), by the recorded cell that they come after."""
    names = {index: grade_id for grade_id, index in found.items()}
    locked = {cell.grade_id for cell in record.cells if not cell.solution}
    known = {cell.grade_id for cell in record.cells}
    extras: dict[str | None, list[SubmittedCell]] = {}
    anchor: str | None = None
    for index, cell in enumerate(cells):
        if index in names:
            anchor = names[index]
        elif cell.grade_id in locked:
            notes.append(f"the locked cell {cell.grade_id} was there more than once; one was kept, as released")
        else:
            if cell.grade_id in known:
                notes.append(
                    f"the cell {cell.grade_id} was there more than once; the others are read as cells of your own"
                )
            extras.setdefault(anchor, []).append(cell)
    return extras


def _assemble(
    matched: dict[str, SubmittedCell], extras: dict[str | None, list[SubmittedCell]], record: Record
) -> NotebookNode:
    """Put the notebook together: recorded cells in order, the student's after those that they followed."""
    notebook = new_notebook(metadata={"kernelspec": dict(KERNELSPEC), "language_info": {"name": "python"}})
    number = 0
    for anchor in (None, *record.cells):
        if anchor is not None:
            notebook.cells.append(_recorded(anchor, matched.get(anchor.grade_id)))
        for extra in extras.get(anchor.grade_id if anchor else None, []):
            number += 1
            notebook.cells.append(_cell(extra.cell_type, extra.source, f"own-{number}"))
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def _cell(kind: str, source: str, name: str) -> NotebookNode:
    """A cell as nbformat makes it; the notebook is validated as a whole when it is written."""
    cell = NotebookNode(cell_type=kind, id=name, metadata=NotebookNode(), source=source)
    if kind == "code":
        cell.update(execution_count=None, outputs=[])
    return cell


def _recorded(want: RecordedCell, cell: SubmittedCell | None) -> NotebookNode:
    source = cell.source if want.solution and cell is not None else want.source
    made = _cell(want.cell_type, source, want.id)
    made.metadata["nbgrader"] = nbformat.from_dict(dict(want.meta))
    if want.solution and cell is not None and cell.attachments and want.cell_type == "markdown":
        made["attachments"] = nbformat.from_dict(cell.attachments)
    return made

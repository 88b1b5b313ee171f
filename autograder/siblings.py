"""Notebooks that a notebook builds on: the student's own, rebuilt from the release, put beside it for grading.

`utils.siblings.load_sibling` reads them there. They are untrusted text like the notebook itself, so they go where it
goes, into its kernel's working folder, and nowhere else: a cell of the grader's, which runs before all others and is
not recorded, writes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder import notebooks
from autograder.course import Course
from autograder.record import Record, load_record
from autograder.results import Status
from autograder.sanitise import sanitise_file

MAX_CHARACTERS = 2**20
"""What the code of one of them may have; a homework's has some thousands."""
UNREADABLE = ""
"""Stands for a notebook that was handed in and cannot be read."""


def submitted_siblings(
    course: Course, record: Record, student: str, max_bytes: int, records: Mapping[str, Record] | None = None
) -> dict[str, str]:
    """The code of the notebooks that a notebook builds on, as a student handed them in.

    Parameters
    ----------
    record : Record
        The notebook that is graded.
    max_bytes : int
        The largest file that is read.
    records : mapping, optional
        The homework's notebooks as released, where they have been read already.

    Returns
    -------
    dict
        Notebooks as text, by name: the recorded cells with the student's solutions, and the student's own cells. One
        that was not handed in is missing.
    """
    texts = {}
    for name in record.siblings:
        path = course.submitted(student, record.homework) / f"{name}.ipynb"
        if path.is_symlink() or not path.is_file():
            continue
        released = records[name] if records else load_record(course, record.homework, name)
        clean = sanitise_file(path, released, max_bytes)
        readable = clean.status not in (Status.UNREADABLE, Status.REFUSED)
        text = code_of(clean.notebook) if readable else UNREADABLE
        texts[name] = text if len(text) <= MAX_CHARACTERS else UNREADABLE
    return texts


def course_siblings(record: Record, needed: tuple[str, ...], course_code: Mapping[str, str]) -> dict[str, str]:
    """The course's own functions in their place, for the run in which a student's wrong layers are not to cost points.

    Parameters
    ----------
    record : Record
        The notebook that is graded.
    needed : tuple of str
        The functions.
    course_code : mapping
        From `autograder.course_code`.
    """
    code = "\n\n".join(dict.fromkeys(course_code[name] for name in needed))
    cell = {"cell_type": "code", "metadata": {"nbgrader": {"solution": True}}, "source": code}
    return {name: json.dumps({"cells": [cell]}) for name in record.siblings}


def code_of(notebook: NotebookNode) -> str:
    """A notebook of nothing but the code cells, without those that grade and without outputs, as text."""
    cells = []
    for cell in notebook.cells:
        meta = notebooks.meta_of(cell)
        if cell.cell_type == "code" and not meta.get("grade"):
            cells.append({"cell_type": "code", "metadata": {"nbgrader": dict(meta)}, "source": cell.source})
    return json.dumps({"cells": cells})


def source_of(texts: Mapping[str, str]) -> str:
    """All code in these notebooks, one after another."""
    sources = [cell["source"] for text in texts.values() if text for cell in json.loads(text)["cells"]]
    return "\n".join(sources)


def writing(texts: Mapping[str, str]) -> list[NotebookNode]:
    """The cell that writes the notebooks into the working folder, or none if there are none."""
    if not texts:
        return []
    # No name is left behind, and what happens to stand in a text is data: repr quotes it.
    lines = [
        f"__import__('pathlib').Path({name + '.ipynb'!r}).write_text({text!r}, encoding='utf-8');"
        for name, text in sorted(texts.items())
    ]
    return [new_code_cell("\n".join(lines), metadata=nbformat.from_dict({"course": {"own": True}}))]

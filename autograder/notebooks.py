"""Reading, building and writing notebooks so that the same content always gives the same bytes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def build_from_twin(path: Path) -> NotebookNode:
    """Turn a text twin (jupytext percent format) into a notebook with stable cell ids.

    Parameters
    ----------
    path : Path
        A ``.py`` file in ``assignments/<homework>/``.

    Returns
    -------
    NotebookNode
        Without outputs; each cell's id comes from its ``grade_id``, or else from its content.
    """
    import jupytext  # brings a web server's modules with it, and few processes build notebooks

    notebook = jupytext.read(path, fmt="py:percent")
    taken: dict[str, int] = {}
    for cell in notebook.cells:
        base = cell_id(cell)
        taken[base] = taken.get(base, 0) + 1
        cell["id"] = base if taken[base] == 1 else f"{base}-{taken[base]}"
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC, "language_info": {"name": "python"}})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def cell_id(cell: NotebookNode) -> str:
    """An id that is the same at each build: the cell's ``grade_id``, or a hash of its content."""
    grade_id = grade_id_of(cell)
    if grade_id:
        return grade_id[:64]
    return hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]


def grade_id_of(cell: NotebookNode) -> str | None:
    """The name by which nbgrader knows a cell, if it does."""
    meta = cell.get("metadata", {}).get("nbgrader")
    value = meta.get("grade_id") if isinstance(meta, dict) else None
    return value if isinstance(value, str) and value else None


def meta_of(cell: NotebookNode) -> dict[str, Any]:
    """A cell's nbgrader metadata, empty where there is none."""
    meta = cell.get("metadata", {}).get("nbgrader")
    return meta if isinstance(meta, dict) else {}


def dumps(notebook: NotebookNode) -> str:
    """A notebook as text, keys sorted, one space of indentation, so that diffs stay small."""
    nbformat.validate(notebook)
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write(notebook: NotebookNode, path: Path) -> bool:
    """Write a notebook if its text differs from what is there; says whether it did."""
    text = dumps(notebook)
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def read(path: Path) -> NotebookNode:
    """Read one of the course's own notebooks."""
    return nbformat.read(path, as_version=4)

"""What the folder is a homework of, read from ``homework.json``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

FILE = "homework.json"
FORMAT = 1


class SubmitError(Exception):
    """Nothing can be handed in like this; the text says what to do."""


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook that the course has put there."""

    grade_id: str
    kind: str
    """``answer`` (the student writes it), ``checks`` (graded by tests) or ``given``."""
    points: float
    sha256: str
    """Of its text as it was handed out."""


@dataclass(frozen=True)
class Notebook:
    """One notebook of the homework."""

    name: str
    title: str
    points: float
    cells: tuple[Cell, ...]

    @property
    def file(self) -> str:
        return f"{self.name}.ipynb"


@dataclass(frozen=True)
class Homework:
    """A homework as it was handed out."""

    name: str
    title: str
    release: str
    """Tells one edition of the handed-out folder from another."""
    due: datetime
    cell_seconds: int
    """How long the grader lets one cell run."""
    submission_mib: int
    """How large a notebook may be."""
    notebooks: tuple[Notebook, ...]
    folder: Path


def read_homework(folder: Path) -> Homework:
    """Read a folder's ``homework.json``.

    Raises
    ------
    SubmitError
        If it is not there, cannot be read, or is of another format.
    """
    path = folder / FILE
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SubmitError(
            f"{folder} holds no {FILE}: run this in the folder that you unpacked, where the notebooks and utils are"
        ) from None
    except (OSError, ValueError) as error:
        raise SubmitError(
            f"{path} cannot be read ({error}): unpack the homework's zip again and take it from there"
        ) from None
    try:
        if tree["format"] != FORMAT:
            raise SubmitError(
                f"{path} has format {tree['format']}, and this utils reads {FORMAT}: "
                "unpack the homework's zip again, and keep its utils and its notebooks together"
            )
        return _homework(tree, folder)
    except (KeyError, TypeError, ValueError) as error:
        raise SubmitError(
            f"{path} has been changed ({error!r}): unpack the homework's zip again and take it from there"
        ) from None


def _homework(tree: dict[str, Any], folder: Path) -> Homework:
    notebooks = tuple(
        Notebook(n["name"], n["title"], n["points"], tuple(Cell(**cell) for cell in n["cells"]))
        for n in tree["notebooks"]
    )
    limits = tree["limits"]
    return Homework(
        name=tree["name"],
        title=tree["title"],
        release=tree["release"],
        due=datetime.fromisoformat(tree["due"]),
        cell_seconds=limits["cell_seconds"],
        submission_mib=limits["submission_mib"],
        notebooks=notebooks,
        folder=folder,
    )

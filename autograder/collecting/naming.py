"""Which of a homework's notebooks a file is: by its name, with what downloading does to names, and by its cells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from autograder.course import Course

_GRADE_ID = re.compile(rb'"grade_id"\s*:\s*"([^"\\]{1,200})"')
_ENDING = re.compile(r"\.ipynb(\.txt|\.json)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Named:
    """What a file's name says: which notebook, and which version of it (``3_rnn-2.ipynb`` is version 2)."""

    notebook: str
    version: int = 0


@dataclass(frozen=True)
class Notebooks:
    """The notebooks of a homework.

    Attributes
    ----------
    names : tuple of str
        Their names.
    cells : mapping
        The names of each notebook's cells in the release; empty where it was never released.
    """

    names: tuple[str, ...]
    cells: Mapping[str, frozenset[str]]

    @classmethod
    def load(cls, course: Course, homework: str) -> Notebooks:
        """Read the release."""
        names = tuple(policy.name for policy in course.assignment(homework).notebooks)
        cells = {}
        for name in names:
            path = course.release(homework) / f"{name}.ipynb"
            if path.is_file():
                cells[name] = _cells_in(path.read_bytes())
        return cls(names, cells)

    def by_name(self, file: str) -> Named | None:
        """The notebook that a file's name means.

        Case, and spaces for underscores, do not matter; ``-1``, `` (1)``, ``-Copy1`` and the like are versions.

        >>> Notebooks(("3_rnn",), {}).by_name("Copy of 3_RNN (2).ipynb")
        Named(notebook='3_rnn', version=2)
        """
        stem, endings = _ENDING.subn("", file)
        if not endings:
            return None
        if stem in self.names:
            return Named(stem)
        for name in sorted(self.names, key=len, reverse=True):
            words = "[ _-]".join(re.escape(word) for word in re.split("[ _-]", name))
            pattern = rf"(?:copy of )?{words}(?:[ _-]*copy)?[ _-]*(?:\(?(\d{{1,4}})\)?)?"
            match = re.fullmatch(pattern, stem, re.IGNORECASE)
            if match:
                return Named(name, int(match[1] or 0))
        return None

    def by_content(self, data: bytes) -> str | None:
        """The notebook of whose cells a file holds the most, if it holds at least half of them."""
        found = _cells_in(data)
        shares = {name: len(found & cells) / len(cells) for name, cells in self.cells.items() if cells}
        best = max(shares, key=lambda name: shares[name], default=None)
        return best if best is not None and shares[best] >= 0.5 else None


def _cells_in(data: bytes) -> frozenset[str]:
    """Names of the cells in a notebook's file, found in its text: it may be no proper notebook."""
    return frozenset(match.decode("utf-8", "replace") for match in _GRADE_ID.findall(data))

"""Who marks which written answer: the shares of the graders, as ``graders.toml`` in the course's root names them.

.. code-block:: toml

    [hw2]
    "*" = ["ana", "ben"]             # every question that is not named
    derive_lstm_backward = ["cho"]

The file is optional, and belongs to a term: names of people are no part of a homework.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.course import Course
from autograder.errors import UsageError

FILE = "graders.toml"
NOBODY = "nobody yet"
"""Whose share an answer is in where the file names no one for its question."""


@dataclass(frozen=True)
class Shares:
    """The graders of a homework: names by question, ``"*"`` for all others."""

    by_question: dict[str, tuple[str, ...]]

    @property
    def graders(self) -> tuple[str, ...]:
        """Everybody who is named, sorted."""
        return tuple(sorted({name for names in self.by_question.values() for name in names}))

    def deal(self, question: str, students: Iterable[str]) -> dict[str, str]:
        """Who marks each student's answer to a question.

        Students are dealt out in an order that looks like chance and is the same each time, so shares are even. Give
        the whole roster, not only those who have handed in: who hands in later moves nobody then.

        >>> sorted(Shares({"*": ("ana", "ben")}).deal("derive_rnn", ["x", "y"]).values())
        ['ana', 'ben']
        """
        names = self.by_question.get(question, self.by_question.get("*", ())) or (NOBODY,)
        ordered = sorted(set(students), key=lambda student: hashlib.sha256(f"{question}\0{student}".encode()).digest())
        return {student: names[place % len(names)] for place, student in enumerate(ordered)}


def load_shares(course: Course, homework: str) -> Shares:
    """The shares of a homework; nobody's where there is no file, or no table for it.

    Raises
    ------
    UsageError
        If the file is not TOML, or an entry is not a list of names.
    """
    path = course.root / FILE
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8")).get(homework, {})
    except FileNotFoundError:
        return Shares({})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from error
    if not isinstance(tree, dict):
        raise UsageError(f"{path}: expected [{homework}] to be a table of questions, got {tree!r}")
    for question, names in tree.items():
        if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
            raise UsageError(f"{path} [{homework}]: expected `{question}` to be a list of names, got {names!r}")
    return Shares({question: tuple(names) for question, names in tree.items()})

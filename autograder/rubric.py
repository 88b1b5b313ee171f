"""What graders have beside a written answer: the rubric of its question and a bank of comments.

Both are TOML files beside the notebooks' twins, ``rubric.toml`` and ``comments.toml``. A homework may do without.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course import Course
from autograder.errors import UsageError


@dataclass(frozen=True)
class Line:
    """One line of a rubric: what it is about, what is accepted, and its points."""

    points: float
    text: str
    accept: str


@dataclass(frozen=True)
class Question:
    """The rubric of one question.

    Attributes
    ----------
    grade_id : str
        The cell's name.
    title : str
        What graders and students call the question.
    lines : tuple of Line
        They add up to the question's points.
    readings : str
        Which readings of the task are right; empty if there is only one.
    partial : tuple of str
        When a line counts half.
    not_punished : tuple of str
        What costs nothing.
    """

    grade_id: str
    title: str
    points: float
    lines: tuple[Line, ...]
    readings: str = ""
    partial: tuple[str, ...] = ()
    not_punished: tuple[str, ...] = ()


def load_rubric(course: Course, homework: str) -> dict[str, Question]:
    """The rubric of each question of a homework, by ``grade_id``.

    Raises
    ------
    UsageError
        If the file is not TOML or lacks something; the message names it.
    """
    path = course.twins(homework) / "rubric.toml"
    tree = _read(path)
    try:
        return {name: _question(name, entry) for name, entry in tree.items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(
            f"{path}: a question needs title, points and lines of points, text, accept: {error}"
        ) from error


def _question(name: str, entry: dict[str, Any]) -> Question:
    lines = tuple(Line(float(line["points"]), str(line["text"]), str(line["accept"])) for line in entry["lines"])
    extra = {key: tuple(map(str, entry.get(key, ()))) for key in ("partial", "not_punished")}
    return Question(name, str(entry["title"]), float(entry["points"]), lines, str(entry.get("readings", "")), **extra)


def load_comments(course: Course, homework: str) -> dict[str, tuple[str, ...]]:
    """The comment bank: texts by ``grade_id``; those under ``any`` are offered at every question.

    Raises
    ------
    UsageError
        If the file is not TOML, or an entry is not a list of texts.
    """
    path = course.twins(homework) / "comments.toml"
    tree = _read(path)
    for name, texts in tree.items():
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise UsageError(f"{path}: expected `{name}` to be a list of texts, got {texts!r}")
    return {name: tuple(texts) for name, texts in tree.items()}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from error

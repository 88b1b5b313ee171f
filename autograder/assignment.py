"""A homework's policy, read from its ``assignment.toml`` into frozen objects."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.errors import UsageError


@dataclass(frozen=True)
class LateRule:
    """What a late submission costs.

    Attributes
    ----------
    grace_minutes : float
        Lateness that costs nothing.
    percent_per_day : float
        Percent of the points reached that each begun day costs.
    max_percent : float
        The most that lateness can cost.
    """

    grace_minutes: float
    percent_per_day: float
    max_percent: float

    def penalty(self, score: float, seconds_late: float) -> float:
        """Points to take from `score`.

        >>> LateRule(grace_minutes=10, percent_per_day=10, max_percent=50).penalty(30, 3600)
        3.0
        """
        if seconds_late <= self.grace_minutes * 60:
            return 0.0
        days = -(-seconds_late // 86400)
        return round(score * min(days * self.percent_per_day, self.max_percent) / 100, 4)


@dataclass(frozen=True)
class Limits:
    """What one notebook may use; see the profiles in ``assignment.toml``."""

    cell_seconds: int
    notebook_seconds: int
    call_seconds: int
    memory_mib: int
    disk_mib: int
    output_kib: int
    submission_mib: int


@dataclass(frozen=True)
class NotebookPolicy:
    """One notebook of a homework."""

    name: str
    title: str
    points: float
    device: str


@dataclass(frozen=True)
class Assignment:
    """A homework as its ``assignment.toml`` states it."""

    name: str
    title: str
    seed: int
    due: datetime
    late: LateRule
    notebooks: tuple[NotebookPolicy, ...]
    profiles: dict[str, Limits]

    def limits(self, profile: str) -> Limits:
        """The limits of a profile.

        Raises
        ------
        UsageError
            If there is no such profile.
        """
        if profile not in self.profiles:
            raise UsageError(f"{self.name} has no profile {profile!r}; choose one of {', '.join(self.profiles)}")
        return self.profiles[profile]

    def notebook(self, name: str) -> NotebookPolicy:
        """The notebook called `name`, or a `UsageError` that lists them."""
        for notebook in self.notebooks:
            if notebook.name == name:
                return notebook
        raise UsageError(
            f"{self.name} has no notebook {name!r}; choose one of {', '.join(n.name for n in self.notebooks)}"
        )


def load_assignment(path: Path) -> Assignment:
    """Read an ``assignment.toml``.

    Raises
    ------
    UsageError
        If the file is missing or not TOML, or a field is missing, unknown or of the wrong type; the message names it.
    """
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"no homework here: {path} does not exist") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from error
    where = str(path)
    due = tree.get("due")
    if not isinstance(due, datetime) or due.tzinfo is None:
        raise UsageError(f"{where}: `due` must be a date with time and zone, like 2027-02-26T23:59:00-05:00")
    return Assignment(
        name=_get(tree, "name", str, where),
        title=_get(tree, "title", str, where),
        seed=_get(tree, "seed", int, where),
        due=due,
        late=_build(LateRule, _get(tree, "late", dict, where), f"{where} [late]"),
        notebooks=tuple(
            _build(NotebookPolicy, entry, f"{where} [[notebooks]] {number}")
            for number, entry in enumerate(_get(tree, "notebooks", list, where), start=1)
        ),
        profiles={
            name: _build(Limits, entry, f"{where} [profiles.{name}]")
            for name, entry in _get(tree, "profiles", dict, where).items()
        },
    )


def _get(tree: dict[str, Any], key: str, kind: type, where: str) -> Any:
    value = tree.get(key)
    if not isinstance(value, kind):
        raise UsageError(f"{where}: expected `{key}` to be a {kind.__name__}, got {value!r}")
    return value


_KINDS: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float)}


def _build(cls: type, tree: dict[str, Any], where: str) -> Any:
    """Make a flat dataclass from a table, refusing fields that are missing, unknown or of another type."""
    expected = {field.name: str(field.type) for field in fields(cls)}
    for key in tree.keys() - expected.keys():
        raise UsageError(f"{where}: unknown field `{key}`; known are {', '.join(expected)}")
    for key, kind in expected.items():
        if type(tree.get(key)) not in _KINDS[kind]:
            raise UsageError(f"{where}: expected `{key}` to be of type {kind}, got {tree.get(key)!r}")
    return cls(**tree)

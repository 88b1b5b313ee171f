"""A homework's policy, read from its ``assignment.toml`` into frozen objects."""

from __future__ import annotations

import math
import tomllib
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.errors import UsageError


@dataclass(frozen=True)
class LateRule:
    """What a late submission costs.

    Lateness counts from the due date, or from the end of a student's extension, plus the grace. Each day of 24 hours
    that has begun by then counts whole. Free days are taken off these days; each that is left costs `percent_per_day`
    of the points reached, up to `max_percent`. Points are rounded to four decimals, half to even, for each notebook.

    Attributes
    ----------
    grace_minutes : float
        Lateness that costs nothing; days are counted from its end.
    percent_per_day : float
        Percent of the points reached that each begun day costs.
    max_percent : float
        The most that lateness can cost.
    free_days_per_term : int
        Late days that cost a student nothing, for all homeworks of the term together; `autograder.late` keeps account.
    """

    grace_minutes: float
    percent_per_day: float
    max_percent: float
    free_days_per_term: int = 0

    def __post_init__(self) -> None:
        limits = {"grace_minutes": 60 * 24 * 365, "percent_per_day": 100, "max_percent": 100, "free_days_per_term": 365}
        for name, most in limits.items():
            value = getattr(self, name)
            if not 0 <= value <= most:  # refuses nan, too
                raise UsageError(f"expected `{name}` to be between 0 and {most}, got {value}")

    def days(self, seconds_late: float) -> int:
        """Begun days of lateness after the grace.

        >>> LateRule(grace_minutes=10, percent_per_day=10, max_percent=50).days(24 * 3600 + 11 * 60)
        2
        """
        return max(0, math.ceil((seconds_late - self.grace_minutes * 60) / 86400))

    def percent(self, days: int) -> float:
        """Percent of the points reached that so many charged days cost."""
        return min(days * self.percent_per_day, self.max_percent)

    def free_days(self, days: int, left: int) -> int:
        """How many of the free days that are left are spent on so many late days.

        As many as lower the cost and not one more: a day whose cost the cap covers anyway stays for another homework.
        """
        most = min(days, left)
        best = self.percent(days - most)
        return next(spent for spent in range(most + 1) if self.percent(days - spent) == best)

    def penalty(self, score: float, seconds_late: float, free_days_left: int = 0) -> float:
        """Points to take from `score`.

        >>> LateRule(grace_minutes=10, percent_per_day=10, max_percent=50).penalty(30, 3600)
        3.0
        """
        days = self.days(seconds_late)
        return points_lost(score, self.percent(days - self.free_days(days, free_days_left)))


def points_lost(score: float, percent: float) -> float:
    """So many percent of a score, rounded to four decimals and never more than the score."""
    return min(round(score * percent / 100, 4), max(score, 0.0))


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
    gpu_memory_mib: int = 8192


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
    if not isinstance(tree, dict):
        raise UsageError(f"{where}: expected a table, got {tree!r}")
    expected = {field.name: str(field.type) for field in fields(cls)}
    optional = {field.name for field in fields(cls) if field.default is not MISSING}
    for key in tree.keys() - expected.keys():
        raise UsageError(f"{where}: unknown field `{key}`; known are {', '.join(expected)}")
    for key, kind in expected.items():
        if key in optional and key not in tree:
            continue
        if type(tree.get(key)) not in _KINDS[kind]:
            raise UsageError(f"{where}: expected `{key}` to be of type {kind}, got {tree.get(key)!r}")
    try:
        return cls(**tree)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error

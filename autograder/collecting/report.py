"""What came of collecting: one line a student, what was decided, and what was not taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from rich.table import Table

from autograder.collecting.source import Refusal
from autograder.roster import Person


class State(StrEnum):
    """What became of one student's submission."""

    NEW = "new"
    """Nothing was there before."""
    REPLACED = "replaced"
    """It is newer than what was there; the older one lies in ``replaced/``."""
    UNCHANGED = "unchanged"
    """What is there already."""
    OLDER = "older"
    """What is there is newer, and stays."""
    NOTHING = "nothing"
    """None of the homework's notebooks is in it; not collected."""


_COLOURS = {State.NEW: "green", State.REPLACED: "green", State.UNCHANGED: "dim", State.NOTHING: "red"}


@dataclass(frozen=True)
class Line:
    """One student.

    Attributes
    ----------
    person : Person
        Who.
    state : State
        What became of it.
    notebooks, missing : tuple of str
        Names of the notebooks that are there, and of those that are not.
    time : datetime
        The time that was written as the submission's.
    how : str
        How this time is known.
    seconds_late : float
        Seconds after the student's due date.
    notes : tuple of str
        What was decided.
    """

    person: Person
    state: State
    notebooks: tuple[str, ...]
    missing: tuple[str, ...]
    time: datetime
    how: str
    seconds_late: float
    notes: tuple[str, ...] = ()


@dataclass
class Report:
    """What came of one run.

    Attributes
    ----------
    kind : str
        The form in which the submissions came.
    dry : bool
        Whether nothing was written.
    lines : list of Line
        By student.
    refused : list of Refusal
        Files and whole deliveries that were not taken.
    absent : list of str
        Ids of those in the roster who handed in nothing, this time or before.
    enrolled : list of str
        Ids that are new or changed in nbgrader's table of students.
    """

    kind: str
    dry: bool = False
    lines: list[Line] = field(default_factory=list)
    unmatched: list[Refusal] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    enrolled: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every delivery was somebody's and held notebooks."""
        return not self.unmatched and all(line.state is not State.NOTHING for line in self.lines)

    def as_json(self) -> dict[str, Any]:
        """A plain dictionary for ``--json``."""
        lines = [
            {
                "student": line.person.id,
                "state": str(line.state),
                "notebooks": list(line.notebooks),
                "missing": list(line.missing),
                "time": line.time.isoformat(),
                "time_from": line.how,
                "seconds_late": line.seconds_late,
                "notes": list(line.notes),
            }
            for line in self.lines
        ]
        refused = [{"path": entry.path, "why": entry.why} for entry in self.refused]
        unmatched = [{"path": entry.path, "why": entry.why} for entry in self.unmatched]
        return {
            "from": self.kind,
            "dry_run": self.dry,
            "students": lines,
            "unmatched": unmatched,
            "refused": refused,
            "absent": self.absent,
            "enrolled": self.enrolled,
        }


def table_of(report: Report, homework: str) -> Table:
    """One row a student."""
    title = f"{homework}: {'would be ' if report.dry else ''}collected from {report.kind}"
    table = Table(title=title)
    for name in ("student", "state"):
        table.add_column(name, no_wrap=True)
    table.add_column("notebooks", justify="right", no_wrap=True)
    table.add_column("handed in", no_wrap=True)
    table.add_column("late", justify="right", no_wrap=True)
    table.add_column("time from")
    for line in report.lines:
        colour = _COLOURS.get(line.state, "yellow")
        total = len(line.notebooks) + len(line.missing)
        table.add_row(
            line.person.id,
            f"[{colour}]{line.state}[/{colour}]",
            f"{len(line.notebooks)} of {total}",
            line.time.strftime("%Y-%m-%d %H:%M"),
            span(line.seconds_late),
            line.how,
        )
    return table


def span(seconds: float) -> str:
    """A length of time for people.

    >>> span(0), span(90), span(5400), span(30 * 3600)
    ('', '2 min', '1 h 30 min', '1 d 6 h')
    """
    minutes = -(-int(seconds) // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{rest} min" if rest else ""


def remarks(report: Report) -> list[str]:
    """What to know beside the table, one line each."""
    lines = [f"{line.person.id}: {note}" for line in report.lines for note in _notes(line)]
    lines += [f"not taken: {entry.path} {entry.why}" for entry in report.refused]
    lines += [f"whose is {entry.path}? {entry.why}" for entry in report.unmatched]
    if report.absent:
        lines.append(f"{len(report.absent)} of the roster handed in nothing: {', '.join(report.absent)}")
    if report.enrolled:
        verb = "would be entered" if report.dry else "were entered"
        lines.append(f"{len(report.enrolled)} students {verb} into the gradebook")
    return lines


def _notes(line: Line) -> list[str]:
    missing = [f"missing: {', '.join(line.missing)}"] if line.missing and line.notebooks else []
    return [*missing, *line.notes]

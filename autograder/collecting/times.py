"""When things were handed in, where the platform's download does not say: a table that the instructor gives.

Any CSV with a column that tells students apart and one with times will do; Moodle's grading worksheet as it comes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path

from dateutil import parser

from autograder.csvfile import read_table
from autograder.errors import UsageError
from autograder.roster import Hints, Roster

_TIME = (
    "time", "submitted", "submitted at", "submission time", "submission date", "timestamp", "handed in",
    "last modified submission", "last modified",
)  # fmt: skip
_WHO: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "student id", "student", "uniqname", "netid", "username", "login id"),
    "email": ("email", "email address", "e-mail"),
    "name": ("full name", "name", "student name"),
    "canvas_id": ("canvas id", "canvas user id", "user id"),
    "sid": ("sid", "sis user id", "id number"),
}


@dataclass(frozen=True)
class Times:
    """What the table says.

    Attributes
    ----------
    of : mapping
        Times by student id.
    participants : mapping
        Student ids by the number that Moodle gives a student for one assignment.
    """

    of: Mapping[str, datetime] = field(default_factory=dict)
    participants: Mapping[str, str] = field(default_factory=dict)


def read_times(path: Path | None, roster: Roster | None, zone: tzinfo | None) -> Times:
    """Read a table of times; nothing is known without a path.

    Raises
    ------
    UsageError
        If a column is missing, a time cannot be read, or a row names nobody of the roster. The message has the line.
    """
    if path is None:
        return Times()
    table = read_table(path)
    time = table.column(*_TIME)
    columns = {kind: header for kind, names in _WHO.items() if (header := table.column(*names))}
    identifier = table.column("identifier")
    if time is None or not columns:
        raise UsageError(
            f"{path}: expected a column that names students (id, email, name or canvas id) and one called `time`;"
            f" got {', '.join(table.headers)}"
        )
    moments, participants = {}, {}
    for row in table.rows:
        where = f"{path}, line {row.line}"
        hints = Hints(**{kind: row.cells[header] for kind, header in columns.items()})
        person, why = (roster or Roster((), "the class")).find(hints)
        if person is None and roster is None and hints.id:
            student = hints.id
        elif person is None:
            raise UsageError(f"{where}: {why}")
        else:
            student = person.id
        number = re.search(r"(\d+)$", row.cells[identifier]) if identifier else None
        if number:
            participants[number[1]] = student
        if row.cells[time] not in ("", "-"):
            moments[student] = _moment(row.cells[time], zone, where)
    return Times(moments, participants)


def _moment(text: str, zone: tzinfo | None, where: str) -> datetime:
    try:
        moment = parser.parse(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{where}: expected a time like 2027-02-26 23:59, got {text!r}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)

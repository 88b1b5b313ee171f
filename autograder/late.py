"""Who is how late, with extensions and the term's free days, and what it costs.

Homeworks are gone through in the order of their due dates (by name where these are equal). Each takes from what is left
of the student's free days when its turn comes, as many as lower its cost. So the account depends on what was handed in
when, never on the order of grading; a change of an earlier homework changes the later ones when they are next charged.

Extensions stand in ``extensions.csv`` in the course's folder, which names people and so is not part of the repository:
a row has `student`, `homework` (``*`` for all) and either `days`, which may be a fraction, or `until`, a time; a date
alone means its end, and a time without a zone is in that of the due date. Where the file exists it decides for
everybody; where it does not, the extensions in nbgrader's gradebook hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.utils import parse_utc

from autograder.assignment import Assignment, points_lost
from autograder.course import Course
from autograder.csvfile import Row, Table, read_table
from autograder.errors import UsageError
from autograder.gradebook import open_gradebook

EXTENSIONS = "extensions.csv"
EVERY = "*"
MAX_DAYS = 366


@dataclass(frozen=True)
class HandIn:
    """When something was handed in, and the extension that nbgrader's gradebook has for it."""

    time: datetime | None = None
    extension: timedelta = timedelta()


@dataclass(frozen=True)
class Lateness:
    """How late one student was with one homework.

    Attributes
    ----------
    student, homework : str
        Who and what.
    submitted : datetime or None
        When it was handed in; None if it was not, or nobody knows when.
    due : datetime
        When it was due for this student: the due date and the extension.
    extension : timedelta
        The extension alone.
    seconds : float
        Seconds after `due`, never negative.
    days : int
        Begun days after the grace.
    free_days : int
        How many of these were paid with the term's free days.
    free_days_left : int
        What is left of the budget after this homework.
    percent : float
        What the other days cost, in percent of the points reached.
    """

    student: str
    homework: str
    submitted: datetime | None
    due: datetime
    extension: timedelta
    seconds: float
    days: int
    free_days: int
    free_days_left: int
    percent: float

    def penalty(self, score: float) -> float:
        """Points to take from `score`, rounded to four decimals."""
        return points_lost(score, self.percent)


@dataclass(frozen=True)
class Term:
    """The homeworks of a course in the order in which they are due, and the extensions.

    Attributes
    ----------
    homeworks : tuple of Assignment
        In the order in which they draw on the free days.
    extensions : mapping or None
        Extensions by student and homework (or ``*``); None where the gradebook's own hold.
    """

    homeworks: tuple[Assignment, ...]
    extensions: Mapping[tuple[str, str], timedelta] | None = field(default=None)

    @classmethod
    def load(cls, course: Course) -> Term:
        """Read all homeworks' policies and ``extensions.csv``.

        Raises
        ------
        UsageError
            If one of them is broken.
        """
        homeworks = sorted(map(course.assignment, course.homeworks), key=lambda homework: (homework.due, homework.name))
        return cls(tuple(homeworks), read_extensions(course.root / EXTENSIONS, homeworks))

    def extension(self, student: str, homework: str, given: timedelta = timedelta()) -> timedelta:
        """A student's extension for a homework; its own row counts before one for all homeworks."""
        if self.extensions is None:
            return given
        return self.extensions.get((student, homework), self.extensions.get((student, EVERY), timedelta()))

    def account(self, student: str, handed_in: Mapping[str, HandIn]) -> dict[str, Lateness]:
        """A student's lateness for each homework.

        Parameters
        ----------
        student : str
            Who.
        handed_in : mapping
            When each homework was handed in; those that are missing were not.
        """
        spent = 0
        result = {}
        for homework in self.homeworks:
            entry = handed_in.get(homework.name, HandIn())
            extension = self.extension(student, homework.name, entry.extension)
            due = homework.due + extension
            seconds = max((entry.time - due).total_seconds(), 0.0) if entry.time else 0.0
            days = homework.late.days(seconds)
            left = max(homework.late.free_days_per_term - spent, 0)
            free = homework.late.free_days(days, left)
            spent += free
            result[homework.name] = Lateness(
                student, homework.name, entry.time, due, extension, seconds, days, free, left - free,
                homework.late.percent(days - free),
            )  # fmt: skip
        return result

    def lateness(
        self, course: Course, gradebook: Gradebook, student: str, homework: str, this: HandIn | None = None
    ) -> Lateness:
        """A student's lateness with one homework, from what the gradebook and ``submitted/`` say of all.

        Parameters
        ----------
        course, gradebook, student, homework
            Whose, and with what.
        this : HandIn, optional
            When this homework was handed in, where that is known already.
        """
        # Others matter only where they may have used up free days.
        all_count = any(entry.late.free_days_per_term for entry in self.homeworks)
        others = [entry.name for entry in self.homeworks if all_count and entry.name != homework]
        handed_in = {name: find_hand_in(course, gradebook, student, name) for name in others}
        handed_in[homework] = this or find_hand_in(course, gradebook, student, homework)
        return self.account(student, handed_in)[homework]


def find_hand_in(course: Course, gradebook: Gradebook, student: str, homework: str) -> HandIn:
    """When a student handed something in: as graded, else as it lies in ``submitted/``, not graded yet."""
    try:
        entry = gradebook.find_submission(homework, student)
    except MissingEntry:
        return HandIn(read_timestamp(course.submitted(student, homework)))
    return hand_in_of(entry)


def hand_in_of(entry: SubmittedAssignment) -> HandIn:
    """When a submission that the gradebook has was handed in."""
    stamp = entry.timestamp.replace(tzinfo=UTC) if entry.timestamp else None
    return HandIn(stamp, entry.extension or timedelta())


def read_timestamp(folder: Path) -> datetime | None:
    """The time in a submission's ``timestamp.txt``; None if there is none that can be read."""
    path = folder / "timestamp.txt"
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > 1000:
            return None
        text = path.read_text(encoding="utf-8").strip()
        return parse_utc(text).replace(tzinfo=UTC) if text else None
    except (ValueError, OverflowError, OSError):
        return None


def read_extensions(path: Path, homeworks: Iterable[Assignment]) -> dict[tuple[str, str], timedelta] | None:
    """Read ``extensions.csv``; None if there is no such file.

    Raises
    ------
    UsageError
        If it is broken, names an unknown homework, gives somebody two extensions for the same homework, or one that
        ends before the due date. The message has the line.
    """
    if not path.exists():
        return None
    table = read_table(path)
    student, homework = table.column("student", "student id", "id"), table.column("homework", "assignment")
    if student is None or homework is None or not (table.column("days") or table.column("until")):
        raise UsageError(f"{path}: expected the columns student, homework, and days or until; got {_listed(table)}")
    by_name = {entry.name: entry for entry in homeworks}
    result: dict[tuple[str, str], timedelta] = {}
    for row in table.rows:
        key = row.cells[student], row.cells[homework]
        where = f"{path}, line {row.line}"
        if not key[0]:
            raise UsageError(f"{where}: no student is named")
        if key[1] != EVERY and key[1] not in by_name:
            raise UsageError(f"{where}: unknown homework {key[1]!r}; expected {', '.join(by_name)}, or * for all")
        if key in result:
            raise UsageError(f"{where}: {key[0]} has an extension for {key[1]} in an earlier line already")
        result[key] = _length(table, row, by_name.get(key[1]), where)
    return result


def _listed(table: Table) -> str:
    return ", ".join(table.headers)


def _length(table: Table, row: Row, homework: Assignment | None, where: str) -> timedelta:
    """How long the extension of one row is."""
    texts = {name: row.cells[header] for name in ("days", "until") if (header := table.column(name))}
    given = {name: text for name, text in texts.items() if text}
    if len(given) != 1:
        raise UsageError(f"{where}: expected either days or until, got {'both' if given else 'neither'}")
    if "days" in given:
        try:
            days = float(given["days"])
        except ValueError:
            days = -1.0
        if not 0 <= days <= MAX_DAYS:
            raise UsageError(f"{where}: expected days between 0 and {MAX_DAYS}, got {given['days']!r}")
        return timedelta(days=days)
    if homework is None:
        raise UsageError(f"{where}: an extension for all homeworks needs days; until would be one time for all of them")
    until = _time(given["until"], homework.due, where)
    if until < homework.due:
        raise UsageError(f"{where}: until {given['until']} is before the due date, {homework.due.isoformat(' ')}")
    return until - homework.due


def _time(text: str, due: datetime, where: str) -> datetime:
    try:
        if len(text) == len("2027-03-01"):
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59), due.tzinfo)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{where}: expected a time like 2027-03-01 or 2027-03-01 18:00, got {text!r}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=due.tzinfo)


def sync_policy(course: Course, homework: str) -> None:
    """Let the gradebook have the due date of ``assignment.toml`` and the extensions of ``extensions.csv``.

    nbgrader keeps the due date in UTC without a zone.
    """
    due = course.assignment(homework).due.astimezone(UTC).replace(tzinfo=None)
    with Gradebook(course.gradebook_url) as gradebook:
        entry = gradebook.update_or_create_assignment(homework)
        if entry.duedate != due:
            gradebook.update_or_create_assignment(homework, duedate=due)
        sync_extensions(course, gradebook, homework)


def sync_extensions(course: Course, gradebook: Gradebook, homework: str) -> None:
    """Let the gradebook's submissions have the extensions of ``extensions.csv``, if there is such a file.

    nbgrader looks at these before it asks for a penalty.
    """
    term = Term.load(course)
    if term.extensions is None:
        return
    for entry in gradebook.assignment_submissions(homework):
        extension = term.extension(entry.student_id, homework) or None
        if entry.extension != extension:
            entry.extension = extension
    gradebook.db.commit()


def charge(course: Course, homework: str, write: bool = True) -> list[Lateness]:
    """Charge every graded submission of a homework anew, by its score as it is now.

    nbgrader charges a notebook when it is graded by the tests. What is marked by hand later raises its score, and an
    extension or an earlier homework may have changed; so this runs again before scores leave the house.

    Parameters
    ----------
    course : Course
        The course.
    homework : str
        Which homework.
    write : bool
        Whether to put the penalties and extensions into the gradebook; otherwise they are only returned.

    Returns
    -------
    list of Lateness
        One for each submission in the gradebook, by student.
    """
    course.assignment(homework)
    result = []
    term = Term.load(course)
    with open_gradebook(course, homework) as gradebook:
        for entry in sorted(gradebook.assignment_submissions(homework), key=lambda entry: str(entry.student_id)):
            late = term.lateness(course, gradebook, entry.student_id, homework)
            result.append(late)
            if write:
                entry.extension = late.extension or None
                for notebook in entry.notebooks:
                    notebook.late_submission_penalty = late.penalty(notebook.score) or None
        if write:
            gradebook.db.commit()
    return result

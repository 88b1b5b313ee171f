"""Takes submissions as learning platforms hand them out, and puts them where nbgrader looks for them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nbgrader.utils import parse_utc

from autograder.collecting.choosing import Chosen, choose
from autograder.collecting.layouts import Delivery, recognise
from autograder.collecting.naming import Notebooks
from autograder.collecting.placing import Stamp, compare, place, stage
from autograder.collecting.report import Line, Report, State
from autograder.collecting.source import Refusal, Source
from autograder.collecting.times import Times, read_times
from autograder.course import Course
from autograder.errors import CourseError, UsageError
from autograder.late import Term
from autograder.roster import ID, Hints, Person, Roster, fill_gradebook, load_roster

__all__ = ["Options", "Report", "State", "collect"]


@dataclass(frozen=True)
class Options:
    """How to collect.

    Attributes
    ----------
    kind : str
        ``auto``, or the form to insist on.
    roster : Path, optional
        In place of ``roster.csv``.
    times : Path, optional
        A table of times, for platforms whose download has none.
    file_times : bool
        Whether the files' own times count where nothing better is known.
    dry : bool
        Whether only to say what would be done.
    """

    kind: str = "auto"
    roster: Path | None = None
    times: Path | None = None
    file_times: bool = False
    dry: bool = False


@dataclass(frozen=True)
class _Run:
    """What all steps of one run need."""

    course: Course
    homework: str
    options: Options
    notebooks: Notebooks
    term: Term
    times: Times
    most: int

    @property
    def due(self) -> datetime:
        return self.course.assignment(self.homework).due


def collect(
    course: Course,
    homework: str,
    path: Path,
    options: Options | None = None,
    on_done: Callable[[], None] | None = None,
) -> Report:
    """Collect the submissions in a folder or zip into ``submitted/``.

    Parameters
    ----------
    course : Course
        The course.
    homework : str
        For which homework.
    path : Path
        The folder or zip.
    options : Options, optional
        How.
    on_done : callable, optional
        Called after each student.

    Raises
    ------
    UsageError
        If there is nothing to collect, the roster or the table of times is broken, or whose the submissions are cannot
        be said without a roster.
    CourseError
        If the disk cannot be written to; what was there before is there still.
    """
    options = options or Options()
    assignment = course.assignment(homework)
    roster = load_roster(course, options.roster)
    zone = assignment.due.tzinfo
    run = _Run(
        course, homework, options, Notebooks.load(course, homework), Term.load(course),
        read_times(options.times, roster, zone),
        max(limits.submission_mib for limits in assignment.profiles.values()) * 2**20,
    )  # fmt: skip
    with Source(path.expanduser(), zone) as source, ExitStack() as stack:
        layout = recognise(source.files, homework, roster, options.kind)
        report = Report(layout.kind, options.dry, refused=[*source.refused, *layout.refused])
        by_person = _match(layout.kind, layout.deliveries, roster, run.times, report)
        room = None if options.dry else Path(stack.enter_context(_staging(course)))
        staged = []
        for person, deliveries in sorted(by_person.items(), key=lambda entry: entry[0].id):
            line, chosen, stamp = _prepare(run, person, deliveries)
            report.lines.append(line)
            report.refused += chosen.refused
            if room and line.state in (State.NEW, State.REPLACED):
                _write(room / person.id, chosen, stamp)
                staged.append(person.id)
            if on_done:
                on_done()
        for student in staged:
            assert room is not None
            place(course, room / student, student, homework)
    _enrol(run, roster, report)
    return report


def _staging(course: Course) -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix=".collect-", dir=course.root)
    except OSError as error:
        raise CourseError(f"cannot write in {course.root}: {error.strerror}; nothing was collected") from error


def _write(folder: Path, chosen: Chosen, stamp: Stamp) -> None:
    try:
        stage(folder, chosen, stamp)
    except OSError as error:
        raise CourseError(f"cannot write {folder}: {error.strerror}; nothing was collected") from error


def _match(
    kind: str, deliveries: list[Delivery], roster: Roster | None, times: Times, report: Report
) -> dict[Person, list[Delivery]]:
    """Whose each delivery is; what is nobody's goes to the report."""
    if roster is None and kind != "plain":
        raise UsageError(
            f"whose are these {len(deliveries)} submissions? To tell, a {kind} download needs roster.csv in the"
            " course's folder, with the columns id, name, email, canvas id or sid"
        )
    result: dict[Person, list[Delivery]] = {}
    for delivery in deliveries:
        known = times.participants.get(delivery.participant)
        for hints in [Hints(id=known)] if known else delivery.whose or [Hints()]:
            person, why = roster.find(hints) if roster else (None, "")
            if person is None and kind == "plain" and not (roster and roster.complete):
                person, why = _stranger(hints.id)
            if person is None:
                report.unmatched.append(Refusal(delivery.label, why))
            else:
                result.setdefault(person, []).append(delivery)
    return result


def _stranger(name: str) -> tuple[Person | None, str]:
    """Somebody of whom no more is known than the name of a folder."""
    if ID.fullmatch(name):
        return Person(name), ""
    return None, "is no student's id: expected letters, digits and _ @ . + -; with roster.csv, full names will do too"


def _prepare(run: _Run, person: Person, deliveries: list[Delivery]) -> tuple[Line, Chosen, Stamp]:
    """Choose one student's files and decide what becomes of them."""
    due = run.due + run.term.extension(person.id, run.homework)
    chosen = choose(deliveries, run.notebooks, run.most, run.due.tzinfo)
    if len(deliveries) > 1:
        chosen.notes.insert(0, f"handed in {len(deliveries)} times: {', '.join(d.label for d in deliveries)}")
    stamp = _stamp(run, person, deliveries, chosen, due)
    folder = run.course.submitted(person.id, run.homework)
    state = compare(folder, run.notebooks.names, chosen, stamp)
    there = tuple(name for name in run.notebooks.names if name in chosen.notebooks)
    missing = tuple(name for name in run.notebooks.names if name not in chosen.notebooks)
    late = max((stamp.time - due).total_seconds(), 0.0)
    local = stamp.time.astimezone(run.due.tzinfo)
    return Line(person, state, there, missing, local, stamp.how, late, tuple(chosen.notes)), chosen, stamp


def _stamp(run: _Run, person: Person, deliveries: list[Delivery], chosen: Chosen, due: datetime) -> Stamp:
    """When it was handed in, by the best that is known.

    Where nothing is, the due date stands for it, which costs nothing. Canvas says of a file that it is late, not by how
    much: this is charged as one day, the least that it can be.
    """
    if person.id in run.times.of:
        return Stamp(run.times.of[person.id], "the table of times")
    moments = [delivery.time for delivery in deliveries if delivery.time]
    if moments:
        return Stamp(max(moments), "the platform")
    written = _parsed(chosen)
    if written:
        return Stamp(written, "timestamp.txt")
    if run.options.file_times and chosen.files_from:
        return Stamp(chosen.files_from, "the files' own time")
    marks = [delivery.late for delivery in deliveries if delivery.late is not None]
    if any(marks):
        grace = timedelta(minutes=run.course.assignment(run.homework).late.grace_minutes)
        return Stamp(due + grace + timedelta(minutes=1), "marked late, by how much is unknown", known=False)
    return Stamp(due, "not marked late" if marks else "unknown: taken as on time", known=False)


def _parsed(chosen: Chosen) -> datetime | None:
    if not chosen.timestamp:
        return None
    try:
        return parse_utc(chosen.timestamp.decode("utf-8").strip()).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        chosen.notes.append("timestamp.txt holds no time and was not believed")
        return None


def _enrol(run: _Run, roster: Roster | None, report: Report) -> None:
    """Say who handed in nothing, and enter a roster's people into the gradebook."""
    if roster is None or not roster.complete:
        return
    there = {line.person.id for line in report.lines if line.state is not State.NOTHING}
    there.update(run.course.students(run.homework))
    report.absent = [person.id for person in roster.people if person.id not in there]
    report.enrolled = fill_gradebook(run.course, roster, write=not run.options.dry)

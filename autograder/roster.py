"""Who is in the class: ``roster.csv``, or the students that nbgrader's gradebook knows.

The roster names people, so it lies in the course's folder and is not part of the repository. Any table with a column
that identifies students will do; Canvas's gradebook export and Gradescope's roster are understood as they come.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.course import Course
from autograder.csvfile import Row, Table, read_table
from autograder.errors import UsageError
from autograder.gradebook import open_gradebook

ROSTER = "roster.csv"
ID = re.compile(r"[\w@][\w@.+-]{0,127}")
"""What may name a student: it becomes a folder, and nbgrader looks for folders by patterns."""

_HEADERS: Mapping[str, tuple[str, ...]] = {
    "sis_login": ("sis login id",),
    "id": ("id", "student id", "uniqname", "netid", "username", "user name", "login id", "login", "user", "student"),
    "name": ("name", "full name", "student name"),
    "first": ("first name", "first", "given name", "given names", "forename"),
    "last": ("last name", "last", "surname", "family name"),
    "email": ("email", "e-mail", "email address", "mail"),
    "canvas_id": ("canvas id", "canvas user id", "canvas", "lms user id", "lms id"),
    "sid": ("sid", "sis user id", "student number", "university id", "umid", "sis id"),
    "section": ("section", "sections"),
}


@dataclass(frozen=True)
class Person:
    """One student.

    Attributes
    ----------
    id : str
        The student's name in nbgrader: of folders and in the gradebook.
    first, last, email : str
        Empty where not known.
    canvas_id : str
        The number by which Canvas knows the student; it stands in the names of downloaded files.
    sid : str
        The university's number, which Gradescope has.
    section : str
        As Canvas has it.
    """

    id: str
    first: str = ""
    last: str = ""
    email: str = ""
    canvas_id: str = ""
    sid: str = ""
    section: str = ""

    @property
    def name(self) -> str:
        """First and last name, or the id."""
        return f"{self.first} {self.last}".strip() or self.id

    @property
    def sortable_name(self) -> str:
        """Last name first, as Canvas writes it."""
        return f"{self.last}, {self.first}" if self.first and self.last else self.name


@dataclass(frozen=True)
class Hints:
    """What a file's name or a platform's list says of whose it is; empty where it says nothing."""

    id: str = ""
    name: str = ""
    email: str = ""
    canvas_id: str = ""
    sid: str = ""

    def __str__(self) -> str:
        said = {"name": self.name, "id": self.id, "email": self.email, "Canvas id": self.canvas_id, "SID": self.sid}
        return ", ".join(f"{key} {value!r}" for key, value in said.items() if value) or "nobody's name"


@dataclass(frozen=True)
class Roster:
    """The class.

    Attributes
    ----------
    people : tuple of Person
        In the order of their ids.
    origin : str
        Where they stand, for messages.
    complete : bool
        Whether somebody who is not in it does not belong to the class; so for a file, not for the gradebook.
    """

    people: tuple[Person, ...]
    origin: str
    complete: bool = True

    def find(self, hints: Hints) -> tuple[Person | None, str]:
        """Who is meant.

        The surest hint that anybody has decides: Canvas's number, the university's number, the email address, the id,
        and only then the name, in either order and without accents. A name that two people have decides nothing.

        Returns
        -------
        Person or None
            The student.
        str
            Why nobody was found; empty otherwise.
        """
        for kind in ("canvas_id", "sid", "email", "id"):
            wanted = getattr(hints, kind).casefold()
            found = [person for person in self.people if wanted and getattr(person, kind).casefold() == wanted]
            if len(found) == 1:
                return found[0], ""
        name = squash(hints.name)
        found = [person for person in self.people if name and name in _spellings(person)]
        if len(found) == 1:
            return found[0], ""
        if found:
            ids = ", ".join(person.id for person in found)
            return None, f"{hints.name!r} may be each of {ids}: {self.origin} needs what tells them apart"
        return None, f"{self.origin} has nobody with {hints}"

    def by_id(self, student: str) -> Person | None:
        """The student of that id."""
        return next((person for person in self.people if person.id == student), None)


def squash(name: str) -> str:
    """A name without case, accents, spaces and signs.

    >>> squash("O'Brien-Núñez, Zoë")
    'obriennunezzoe'
    """
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if c.isalnum())


def _spellings(person: Person) -> set[str]:
    first, last = squash(person.first), squash(person.last)
    return {first + last, last + first} - {""}


def load_roster(course: Course, path: Path | None = None) -> Roster | None:
    """The roster: from `path`, else from ``roster.csv``, else from the gradebook; None where nobody is known.

    Raises
    ------
    UsageError
        If `path` does not exist, or the file is broken.
    """
    file = path or course.root / ROSTER
    if path or file.exists():
        return Roster(read_roster(file), file.name)
    people = _people_in_gradebook(course)
    return Roster(people, "the gradebook (there is no roster.csv)", complete=False) if people else None


def _people_in_gradebook(course: Course) -> tuple[Person, ...]:
    if not (course.root / "gradebook.db").exists():
        return ()
    with open_gradebook(course) as gradebook:
        people = [
            Person(s.id, s.first_name or "", s.last_name or "", s.email or "", s.lms_user_id or "")
            for s in gradebook.students
        ]
    return tuple(sorted(people, key=lambda person: person.id))


def read_roster(path: Path) -> tuple[Person, ...]:
    """Read a roster.

    Headers may be spelled in any usual way: ``id`` (or uniqname, netid, username, login), ``name`` or ``first name``
    and ``last name``, ``email``, ``canvas id``, ``sid``, ``section``. Without an id, the part of the email address
    before the @ is the id.

    Raises
    ------
    UsageError
        If there is no column to take ids from, an id cannot name a folder, or two rows have the same id, email address,
        Canvas id or SID. The message has the line.
    """
    table = read_table(path)
    columns = _columns(table)
    if not columns.keys() & {"id", "email"}:
        raise UsageError(
            f"{path}: expected a column `id` (or uniqname, netid, username, login id) or `email`;"
            f" got {', '.join(table.headers)}"
        )
    people = [(row, _person(row, columns, path)) for row in table.rows if not _is_no_student(row, columns)]
    if not people:
        raise UsageError(f"{path} names nobody: expected a row for each student below the column names")
    _refuse_doubles(people, path)
    return tuple(sorted((person for _, person in people), key=lambda person: person.id))


def _columns(table: Table) -> dict[str, str]:
    """Which header holds what."""
    found = {kind: header for kind, names in _HEADERS.items() if (header := table.column(*names))}
    login = found.pop("sis_login", None)
    if login:
        # Canvas's own export: its `ID` is Canvas's number, its `Student` is the name, last name first.
        found["canvas_id"] = table.column("id") or found.get("canvas_id", "")
        found["name"] = table.column("student", "name") or ""
        found["id"] = login
    return {kind: header for kind, header in found.items() if header}


def _is_no_student(row: Row, columns: Mapping[str, str]) -> bool:
    """Lines of Canvas's export that are nobody: the points possible, the posting policy, the test student."""
    texts = {kind: row.cells[header] for kind, header in columns.items()}
    return not any(texts.values()) or texts.get("name", "").casefold() in ("points possible", "student, test")


def _person(row: Row, columns: Mapping[str, str], path: Path) -> Person:
    texts = {kind: row.cells[header] for kind, header in columns.items()}
    name = texts.pop("name", "")
    first, last = texts.pop("first", ""), texts.pop("last", "")
    if name and not (first or last):
        first, last = split_name(name)
    student = texts.pop("id", "") or texts.get("email", "").split("@")[0]
    if not ID.fullmatch(student):
        raise UsageError(
            f"{path}, line {row.line}: expected an id of letters, digits and _ @ . + -, got {student!r}; it is to"
            " name a folder"
        )
    return Person(student, first, last, **texts)


def split_name(name: str) -> tuple[str, str]:
    """First and last name of a full one; the last word is the last name where no comma says otherwise.

    >>> split_name("Lovelace, Ada"), split_name("Ada King Lovelace"), split_name("Plato")
    (('Ada', 'Lovelace'), ('Ada King', 'Lovelace'), ('', 'Plato'))
    """
    if "," in name:
        last, _, first = name.partition(",")
        return first.strip(), last.strip()
    first, _, last = name.strip().rpartition(" ")
    return first.strip(), last.strip()


def _refuse_doubles(people: Iterable[tuple[Row, Person]], path: Path) -> None:
    seen: dict[tuple[str, str], int] = {}
    for row, person in people:
        for kind in ("id", "email", "canvas_id", "sid"):
            value = getattr(person, kind).casefold()
            first = seen.setdefault((kind, value), row.line)
            if value and first != row.line:
                raise UsageError(
                    f"{path}, line {row.line}: {kind.replace('_', ' ')} {value!r} stands in line {first} already"
                )


def fill_gradebook(course: Course, roster: Roster, write: bool = True) -> list[str]:
    """Let nbgrader's table of students have the roster's; nobody is removed and nothing is emptied.

    Parameters
    ----------
    course, roster
        Whose gradebook, and who.
    write : bool
        Whether to write, and not only to say who would be entered.

    Returns
    -------
    list of str
        The ids of those who are new or whose entry changed.
    """
    if not write and not (course.root / "gradebook.db").exists():
        return [person.id for person in roster.people]
    changed = []
    with open_gradebook(course) as gradebook:
        known = {student.id: student for student in gradebook.students}
        for person in roster.people:
            fields = {"first_name": person.first, "last_name": person.last, "email": person.email}
            given = {key: value for key, value in {**fields, "lms_user_id": person.canvas_id}.items() if value}
            entry = known.get(person.id)
            if entry is None or any(getattr(entry, key) != value for key, value in given.items()):
                changed.append(person.id)
                if write:
                    gradebook.update_or_create_student(person.id, **given)
    return changed

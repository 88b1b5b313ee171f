"""The scores of a class as the gradebook has them, charged for lateness as they are now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from nbgrader.api import Gradebook, MissingEntry, SubmittedNotebook

from autograder.course import Course
from autograder.csvfile import write_rows
from autograder.errors import UsageError
from autograder.gradebook import open_gradebook
from autograder.late import Lateness, charge
from autograder.roster import Person, Roster, load_roster


@dataclass(frozen=True)
class NotebookScore:
    """One notebook of one student.

    Attributes
    ----------
    name : str
        The notebook.
    points : float
        Points reached, before anything is taken for lateness.
    max_points : float
        The most that can be reached.
    penalty : float
        What lateness takes.
    to_mark : int
        Answers that nobody has marked yet.
    """

    name: str
    points: float
    max_points: float
    penalty: float
    to_mark: int


@dataclass(frozen=True)
class StudentScore:
    """One student; without notebooks if nothing of the student's has been graded."""

    person: Person
    notebooks: tuple[NotebookScore, ...] = ()
    lateness: Lateness | None = None

    @property
    def graded(self) -> bool:
        """Whether there is a score."""
        return bool(self.notebooks)

    @property
    def points(self) -> float:
        """Points reached, before anything is taken for lateness."""
        return cents(sum(notebook.points for notebook in self.notebooks))

    @property
    def score(self) -> float:
        """Points that count."""
        return cents(sum(notebook.points - notebook.penalty for notebook in self.notebooks))

    @property
    def to_mark(self) -> int:
        """Answers that nobody has marked yet."""
        return sum(notebook.to_mark for notebook in self.notebooks)


@dataclass(frozen=True)
class ClassScores:
    """A homework's scores.

    Attributes
    ----------
    homework, title : str
        The homework's name, and its title up to the colon.
    notebooks : mapping
        The most that each notebook brings.
    students : tuple of StudentScore
        Everybody in the roster or the gradebook, by id.
    """

    homework: str
    title: str
    notebooks: dict[str, float]
    students: tuple[StudentScore, ...]

    @property
    def max_points(self) -> float:
        """The most that the homework brings."""
        return cents(sum(self.notebooks.values()))


def cents(points: float) -> float:
    """Points to two decimals, halves up, as people round.

    >>> cents(2.675), cents(0.125), cents(19.99499)
    (2.68, 0.13, 19.99)
    """
    return float(Decimal(str(round(points, 6))).quantize(Decimal("0.01"), ROUND_HALF_UP))


def counted(number: int, thing: str) -> str:
    """A number of things in words.

    >>> counted(1, "day"), counted(2, "day")
    ('1 day', '2 days')
    """
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def class_scores(course: Course, homework: str) -> ClassScores:
    """Read the gradebook, after charging lateness anew.

    Raises
    ------
    UsageError
        If the homework is unknown, or nothing of it has been graded.
    """
    assignment = course.assignment(homework)
    lateness = {entry.student: entry for entry in charge(course, homework)}
    if not lateness:
        raise UsageError(f"nothing of {homework} has been graded: run `course grade {homework}` first")
    roster = load_roster(course)
    names = [policy.name for policy in assignment.notebooks]
    with open_gradebook(course, homework) as gradebook:
        scores = {student: _notebooks(gradebook, homework, student, names) for student in lateness}
        people = _everybody(roster, gradebook)
    students = tuple(
        StudentScore(people[student], scores.get(student, ()), lateness.get(student)) for student in sorted(people)
    )
    title = assignment.title.partition(":")[0].strip()
    return ClassScores(homework, title, {policy.name: policy.points for policy in assignment.notebooks}, students)


def _everybody(roster: Roster | None, gradebook: Gradebook) -> dict[str, Person]:
    """People by id: the roster's, and those in the gradebook only."""
    people = {
        s.id: Person(s.id, s.first_name or "", s.last_name or "", s.email or "", s.lms_user_id or "")
        for s in gradebook.students
    }
    return people | {person.id: person for person in (roster.people if roster else ())}


def _notebooks(gradebook: Gradebook, homework: str, student: str, names: Iterable[str]) -> tuple[NotebookScore, ...]:
    result = []
    for name in names:
        try:
            entry: SubmittedNotebook = gradebook.find_submission_notebook(name, homework, student)
        except MissingEntry:
            continue
        to_mark = sum(1 for grade in entry.grades if grade.needs_manual_grade)
        result.append(NotebookScore(name, entry.score, entry.max_score, entry.late_submission_penalty or 0.0, to_mark))
    return tuple(result)


def plain_csv(scores: ClassScores) -> str:
    """One row a student: points by notebook, what lateness takes, and what counts.

    Students without anything graded have empty cells.
    """
    head = ["student", "last_name", "first_name", "email", "section", "handed_in", "days_late", "free_days"]
    rows: list[list[object]] = [
        [*head, *scores.notebooks, "points", "late_penalty", "score", "max_score", "answers_to_mark"]
    ]
    for student in scores.students:
        person, late = student.person, student.lateness
        row: list[object] = [person.id, person.last, person.first, person.email, person.section]
        if not student.graded or late is None:
            rows.append([*row, *[""] * (len(rows[0]) - len(row) - 2), scores.max_points, ""])
            continue
        handed_in = late.submitted.astimezone(late.due.tzinfo).isoformat(" ", "seconds") if late.submitted else ""
        by_name = {notebook.name: cents(notebook.points) for notebook in student.notebooks}
        row += [handed_in, late.days, late.free_days, *(by_name.get(name, "") for name in scores.notebooks)]
        row += [student.points, cents(student.points - student.score), student.score, scores.max_points]
        rows.append([*row, student.to_mark])
    return write_rows(rows)

"""Canvas's gradebook CSV: one made from the roster, or one column filled into an export of Canvas's own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from autograder.csvfile import Row, Table, plain, read_table, write_rows
from autograder.errors import UsageError
from autograder.exporting.scores import ClassScores, StudentScore
from autograder.roster import Hints, Roster, split_name

IDENTITY = ("Student", "ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account", "Section")
"""The columns by which Canvas finds a student; all others of an export hold other scores."""
_POINTS = "Points Possible"


@dataclass
class Filled:
    """A CSV for Canvas, and what to tell about it."""

    text: str
    column: str
    filled: int
    remarks: list[str] = field(default_factory=list)


def canvas_csv(scores: ClassScores, number: str = "", zeros: bool = False) -> Filled:
    """Canvas's form with the class of the roster.

    Parameters
    ----------
    scores : ClassScores
        What to write.
    number : str
        The assignment's number in Canvas, by which Canvas knows it; without it Canvas asks where the column belongs.
    zeros : bool
        Whether those who handed in nothing get 0 rather than an empty cell.
    """
    column = f"{scores.title} ({number})" if number else scores.title
    rows: list[list[object]] = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", column],
        [f"    {_POINTS}", "", "", "", "", scores.max_points],
    ]
    remarks = []
    for student in scores.students:
        person = student.person
        row: list[object] = [person.sortable_name, person.canvas_id, person.sid, person.id, person.section]
        rows.append([*row, _cell(student, zeros)])
    nameless = [student.person.id for student in scores.students if not student.person.canvas_id]
    if nameless:
        remarks.append(
            f"without a Canvas id, which a column `canvas id` in roster.csv gives: {', '.join(nameless)}; Canvas goes"
            " by the SIS login then"
        )
    filled = sum(1 for student in scores.students if _cell(student, zeros) != "")
    return Filled(write_rows(rows), column, filled, remarks)


def _cell(student: StudentScore, zeros: bool) -> float | str:
    return student.score if student.graded else (0.0 if zeros else "")


def fill_template(scores: ClassScores, path: Path, column: str = "", zeros: bool = False) -> Filled:
    """Fill the homework's column of an export from Canvas.

    Only the columns that say who is who and this one are kept, so that importing the file can set back no other score.

    Parameters
    ----------
    scores : ClassScores
        What to write.
    path : Path
        The export.
    column : str
        The header of the column, or the assignment's number; found by the homework's title where empty.
    zeros : bool
        As in `canvas_csv`.

    Raises
    ------
    UsageError
        If it is no export of Canvas's, or has no such column, or more than one.
    """
    table = read_table(path)
    identity = [header for header in table.headers if header in IDENTITY]
    if "Student" not in identity or not {"ID", "SIS Login ID"} & set(identity):
        raise UsageError(f"{path} is no gradebook export of Canvas: expected the columns Student, ID and SIS Login ID")
    header = _column(table, scores, column)
    roster = Roster(tuple(student.person for student in scores.students), "the class")
    by_id = {student.person.id: student for student in scores.students}
    rows: list[list[object]] = [[*identity, header]]
    remarks, seen = [], set()
    for row in table.rows:
        cell: object = row.cells[header]
        if plain(row.cells["Student"]) == plain(_POINTS):
            remarks += _compare_points(str(cell), scores)
            rows.append([f"    {_POINTS}", *[row.cells[name] for name in identity[1:]], cell])
            continue
        if any(row.cells[name] for name in identity if name != "Section"):
            person, why = roster.find(_hints(row))
            if person is None and plain(row.cells["Student"]) != "studenttest":
                remarks.append(f"line {row.line}, {row.cells['Student']}: left as it is; {why}")
            elif person is not None:
                seen.add(person.id)
                cell = _cell(by_id[person.id], zeros)
        rows.append([*[row.cells[name] for name in identity], cell])
    absent = sorted(student for student in by_id.keys() - seen if by_id[student].graded)
    if absent:
        remarks.append(f"graded, but not in {path.name}: {', '.join(absent)}")
    filled = sum(1 for student in seen if _cell(by_id[student], zeros) != "")
    return Filled(write_rows(rows), header, filled, remarks)


def _hints(row: Row) -> Hints:
    first, last = split_name(row.cells["Student"])
    return Hints(
        id=row.cells.get("SIS Login ID", ""),
        name=f"{first} {last}".strip(),
        email=row.cells.get("SIS Login ID", ""),
        canvas_id=row.cells.get("ID", ""),
        sid=row.cells.get("SIS User ID", ""),
    )


def _column(table: Table, scores: ClassScores, wanted: str) -> str:
    """The header of the homework's column."""
    candidates = [header for header in table.headers if header not in IDENTITY]
    if wanted:
        found = [header for header in candidates if header == wanted or header.endswith(f"({wanted})")]
    else:
        names = {plain(scores.title), plain(scores.homework)}
        found = [header for header in candidates if plain(re.sub(r"\s*\(\d+\)$", "", header)) in names]
    if len(found) != 1:
        which = f"{wanted!r}" if wanted else f"{scores.title!r}"
        what = "no column" if not found else f"{len(found)} columns"
        shown = ", ".join(repr(header) for header in candidates[:12])
        raise UsageError(f"{table.path} has {what} for {which}; say which with --column: {shown}")
    return found[0]


def _compare_points(cell: str, scores: ClassScores) -> list[str]:
    try:
        same = float(cell) == scores.max_points
    except ValueError:
        return []
    return [] if same else [f"Canvas has {cell} points for this column, {scores.homework} has {scores.max_points:g}"]

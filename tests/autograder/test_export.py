"""Scores on their way out: the numbers are the gradebook's, and the files are what Canvas and Gradescope read."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_notebook
from small_course import call, mark, put, record_scores, small_course

from autograder import notebooks
from autograder.course import Course
from autograder.csvfile import read_table, write_rows
from autograder.exporting.canvas import fill_template
from autograder.exporting.scores import cents, class_scores, plain_csv
from autograder.late import sync_policy
from autograder.results import CellResult, NotebookResult, Status, TestResult

ROSTER = (
    "id,name,email,canvas id,sid,section\n"
    "ada,Ada Lovelace,ada@x.edu,11,9001,A\n"
    "bob,Bob O'Brien,bob@x.edu,12,,B\n"
    'zoe,"=HYPERLINK(1) Núñez",zoe@x.edu,13,,A\n'
)


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """Ada was in time and is marked; bob is a day late and one of his answers is not marked; zoe gave nothing."""
    course = small_course(tmp_path / "course")
    (course.root / "roster.csv").write_text(ROSTER, encoding="utf-8")
    monkeypatch.chdir(course.root)
    record_scores(course, "hw2", "ada", {"3_rnn": 10, "4_lstm": 6.665}, "2027-02-26 20:00:00 +0000")
    record_scores(course, "hw2", "bob", {"3_rnn": 8.888, "4_lstm": 0}, "2027-02-27 20:00:00 +0000")
    mark(course, "hw2", "ada", "3_rnn", 5)
    mark(course, "hw2", "ada", "4_lstm", 2.5)
    mark(course, "hw2", "bob", "3_rnn", 1)
    sync_policy(course, "hw2")
    return course


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_plain_csv_by_problem(course: Course) -> None:
    code, said = call("export", "hw2")
    assert code == 0
    assert "wrote exports/hw2_csv.csv: 2 of 3 have a score" in said
    assert "not marked yet and counted 0: 1 answer of 1 student" in said
    head, ada, bob, zoe = rows((course.root / "exports" / "hw2_csv.csv").read_text())
    as_ada = dict(zip(head, ada, strict=True))
    assert as_ada["handed_in"] == "2027-02-26 15:00:00-05:00"
    assert [as_ada[name] for name in ("3_rnn", "4_lstm", "points", "late_penalty", "score", "max_score")] == [
        "15.0", "9.17", "24.17", "0.0", "24.17", "30.0",
    ]  # fmt: skip
    as_bob = dict(zip(head, bob, strict=True))
    assert [as_bob[name] for name in ("days_late", "points", "late_penalty", "score", "answers_to_mark")] == [
        "1", "9.89", "0.99", "8.9", "1",
    ]  # fmt: skip
    as_zoe = dict(zip(head, zoe, strict=True))
    assert (as_zoe["student"], as_zoe["score"], as_zoe["points"], as_zoe["max_score"]) == ("zoe", "", "", "30.0")
    # A spreadsheet is not to take a name for a formula.
    assert as_zoe["first_name"] == "'=HYPERLINK(1)"


def test_canvas_form_from_the_roster(course: Course) -> None:
    code, said = call("export", "hw2", "--to", "canvas", "--column", "1234", "--out", "canvas.csv")
    assert (code, "2 scores in 'Homework 2 (1234)'" in said) == (0, True)
    assert rows((course.root / "canvas.csv").read_text()) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 2 (1234)"],
        ["    Points Possible", "", "", "", "", "30.0"],
        ["Lovelace, Ada", "11", "9001", "ada", "A", "24.17"],
        ["O'Brien, Bob", "12", "", "bob", "B", "8.9"],
        ["Núñez, =HYPERLINK(1)", "13", "", "zoe", "A", ""],
    ]
    call("export", "hw2", "--to", "canvas", "--zeros", "--out", "canvas.csv")
    assert rows((course.root / "canvas.csv").read_text())[-1][-1] == "0.0"


TEMPLATE = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (77),Homework 2 (1234),Current Score\n"
    ",,,,,,Manual Posting,\n"
    "    Points Possible,,,,,10.0,100.0,(read only)\n"
    '"Lovelace, Ada",11,9001,ada,A,9.5,,50\n'
    '"O\'Brien, Bob",,,bob@x.edu,B,8,1.5,50\n'
    '"Nobody, Eve",99,,eve,A,7,3.5,50\n'
    '"Student, Test",55,,abc,A,,,\n'
)


def test_canvas_own_export_is_filled(course: Course, tmp_path: Path) -> None:
    template = tmp_path / "grades.csv"
    template.write_text(TEMPLATE, encoding="utf-8")
    code, said = call("export", "hw2", "--to", "canvas", "--template", template)
    assert code == 0
    for part in (
        "2 scores in 'Homework 2 (1234)'",
        "Canvas has 100.0 points for this column, hw2 has 30",
        "line 6, Nobody, Eve: left as it is; the class has nobody with",
    ):
        assert part in said
    # Other columns would set back other scores, so they are not in it.
    assert rows((course.root / "exports" / "hw2_canvas.csv").read_text()) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 2 (1234)"],
        ["", "", "", "", "", "Manual Posting"],
        ["    Points Possible", "", "", "", "", "100.0"],
        ["Lovelace, Ada", "11", "9001", "ada", "A", "24.17"],
        ["O'Brien, Bob", "", "", "bob@x.edu", "B", "8.9"],
        ["Nobody, Eve", "99", "", "eve", "A", "3.5"],
        ["Student, Test", "55", "", "abc", "A", ""],
    ]


def test_who_is_not_in_canvas_is_told(course: Course, tmp_path: Path) -> None:
    template = tmp_path / "grades.csv"
    template.write_text("".join(line for line in TEMPLATE.splitlines(keepends=True) if "Ada" not in line))
    filled = fill_template(class_scores(course, "hw2"), template)
    assert "graded, but not in grades.csv: ada" in filled.remarks


BROKEN = [
    ("name,score\nada,1\n", "is no gradebook export of Canvas: expected the columns Student, ID and SIS Login ID"),
    (
        "Student,ID,Section,Homework 9 (1)\n",
        "has no column for 'Homework 2'; say which with --column: 'Homework 9 (1)'",
    ),
    ("Student,ID,Homework 2 (1),Homework 2 (2)\n", "has 2 columns for 'Homework 2'"),
    ("", "is empty"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_a_broken_template_is_refused(text: str, message: str, course: Course, tmp_path: Path) -> None:
    template = tmp_path / "grades.csv"
    template.write_text(text)
    code, said = call("export", "hw2", "--to", "canvas", "--template", template)
    assert code == 2
    assert message in said
    assert not (course.root / "exports").exists()


def test_gradescope_results(course: Course) -> None:
    tests = (TestResult("shapes", True, 4, 4), TestResult("values", False, 0, 6, "dWx: <b>expected</b> (7, 8)"))
    result = NotebookResult("bob", "3_rnn", Status.GRADED, (CellResult("3_rnn_test", 10, tests),), ("a note",), 2.6)
    folder = course.autograded("bob", "hw2")
    folder.mkdir(parents=True)
    notebooks.write(new_notebook(metadata={"course": result.as_json()}), folder / "3_rnn.ipynb")
    code, said = call("export", "hw2", "--to", "gradescope", "--out", "out")
    assert code == 0
    assert "wrote 2 results.json below out/" in said
    bob = json.loads((course.root / "out" / "bob" / "results.json").read_text())
    assert bob["score"] == 8.9
    assert bob["execution_time"] == 3
    assert bob["stdout_visibility"] == "hidden"
    assert bob["output_format"] == bob["test_output_format"] == bob["test_name_format"] == "text"
    assert bob["output"].splitlines() == [
        "1 day late, 0 of them free: 10 % of 9.89 points are taken off, 0.99",
        "not marked yet: 1 answer",
        "3_rnn: a note",
    ]
    name = "3_rnn: 3_rnn_test"
    assert bob["tests"][:2] == [
        {"name": f"{name}: shapes", "score": 4, "max_score": 4, "status": "passed", "output": ""},
        {"name": f"{name}: values", "score": 0, "max_score": 6, "status": "failed", "output": tests[1].message},
    ]
    by_hand = {test["name"]: test for test in bob["tests"][2:]}
    assert by_hand["3_rnn: 3_rnn_answer"] == {
        "name": "3_rnn: 3_rnn_answer", "score": 1.0, "max_score": 5.0, "output": "",
    }  # fmt: skip
    assert by_hand["4_lstm: 4_lstm_answer"]["output"] == "not marked yet"
    assert sum(test["max_score"] for test in bob["tests"]) == 30


def test_an_export_charges_what_was_marked_since(course: Course) -> None:
    mark(course, "hw2", "bob", "4_lstm", 5)
    bob = class_scores(course, "hw2").students[1]
    assert (bob.points, bob.score, bob.to_mark) == (14.89, 13.4, 0)


BAD = [
    (("hw9",), "unknown homework 'hw9'"),
    (("hw1",), "the gradebook does not have hw1: run `course release hw1`"),
    (("hw2", "--to", "blackboard"), "unknown target 'blackboard'; choose one of csv, canvas, gradescope"),
    (("hw2", "--template", "x.csv"), "--template, --column and --zeros belong to --to canvas"),
    (("hw2", "--to", "canvas", "--template", "x.csv"), "cannot read x.csv: No such file or directory"),
]


@pytest.mark.parametrize(("args", "message"), BAD)
def test_bad_input(args: tuple[str, ...], message: str, course: Course) -> None:
    code, said = call("export", *args)
    assert code == 2
    assert message in said
    assert "Traceback" not in said
    assert not (course.root / "exports").exists()


def test_a_place_that_cannot_be_written_to(course: Course) -> None:
    put(course.root, {"exports": "a file"})
    code, said = call("export", "hw2")
    assert code == 1
    assert "exports" in said
    (course.root / "taken.csv").mkdir()
    assert call("export", "hw2", "--out", "taken.csv")[0] == 1
    assert not list(course.root.glob(".taken*"))


def test_without_a_gradebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = small_course(tmp_path / "course")
    monkeypatch.chdir(course.root)
    for target in ("csv", "canvas", "gradescope"):
        code, said = call("export", "hw2", "--to", target)
        assert code == 2
        assert "there is no gradebook" in said
    assert not (course.root / "gradebook.db").exists()


@pytest.mark.parametrize(("points", "shown"), [(0.125, 0.13), (2.675, 2.68), (0.124999, 0.12), (29.999999999, 30.0)])
def test_points_are_rounded_half_up(points: float, shown: float) -> None:
    assert cents(points) == shown


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), min_size=1), min_size=2, max_size=2)
    )
)
def test_any_text_survives_a_csv_file(cells: list[list[str]]) -> None:
    read = rows(write_rows([["a", "b"], *cells]))[1:]
    assert [[cell.removeprefix("'") for cell in row] for row in read] == [
        [cell.removeprefix("'") for cell in row] for row in cells
    ]
    assert not [cell for row in read for cell in row if cell[:1] in ("=", "+", "-", "@", "\t")]


def test_the_plain_table_reads_itself(course: Course) -> None:
    path = course.root / "scores.csv"
    path.write_text(plain_csv(class_scores(course, "hw2")), encoding="utf-8")
    assert [row.cells["student"] for row in read_table(path).rows] == ["ada", "bob", "zoe"]

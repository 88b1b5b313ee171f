"""The roster: headers in any spelling, who is meant by what platforms know, and nbgrader's table of students."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from small_course import call, make_gradebook, small_course

from autograder.course import Course
from autograder.errors import UsageError
from autograder.roster import Hints, Person, Roster, fill_gradebook, load_roster, read_roster, split_name, squash

ADA = Person("alove", "Ada", "Lovelace", "ada@x.edu", "11", "9001", "A")
BOB = Person("bob", "Bob", "O'Brien", "bob@x.edu", "12")


def roster_of(tmp_path: Path, text: str, encoding: str = "utf-8") -> tuple[Person, ...]:
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return read_roster(path)


SPELLINGS = [
    "id,first name,last name,email,canvas id,sid,section\nalove,Ada,Lovelace,ada@x.edu,11,9001,A\n",
    "Uniqname;Name;E-Mail;Canvas_ID;UMID;Section\nalove;Lovelace, Ada;ada@x.edu;11;9001;A\n",
    "\ufeffUsername\tFull Name\tEmail Address\tLMS User ID\tSIS User ID\tSections\r\n"
    "alove\tAda Lovelace\tada@x.edu\t11\t9001\tA\r\n",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_headers_may_be_spelled_in_any_usual_way(text: str, tmp_path: Path) -> None:
    assert roster_of(tmp_path, text) == (ADA,)


def test_canvas_own_export_is_a_roster(tmp_path: Path) -> None:
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (77)\n"
        ",,,,,Manual Posting\n"
        "    Points Possible,,,,,30.0\n"
        '"Lovelace, Ada",11,9001,alove,A,12.5\n'
        '"Student, Test",99,,abcdef,,\n'
    )
    assert roster_of(tmp_path, text) == (Person("alove", "Ada", "Lovelace", "", "11", "9001", "A"),)


def test_gradescopes_roster_has_no_ids_but_email(tmp_path: Path) -> None:
    text = "First Name,Last Name,SID,Email,Role,Section\nAda,Lovelace,9001,alove@x.edu,Student,A\n"
    assert roster_of(tmp_path, text) == (Person("alove", "Ada", "Lovelace", "alove@x.edu", "", "9001", "A"),)


BROKEN = [
    ("name\nAda Lovelace\n", "expected a column `id` (or uniqname, netid, username, login id) or `email`; got name"),
    ("id,name\n", "names nobody"),
    ("id,name\na/b,Ada\n", "line 2: expected an id of letters, digits and _ @ . + -, got 'a/b'"),
    ("id,name\n..,Ada\n", "got '..'"),
    ("id,name\n*,Ada\n", "got '*'"),
    ("id,name\n,Ada\n", "got ''"),
    ("id,email\nada,a@x\nADA,b@x\n", "line 3: id 'ada' stands in line 2 already"),
    ("id,email\nada,a@x\nbob,A@X\n", "line 3: email 'a@x' stands in line 2 already"),
    ("id,canvas id\nada,1\nbob,1\n", "line 3: canvas id '1' stands in line 2 already"),
    ("id,name\nada,Lovelace, Ada\n", "line 2: 3 cells, but there are 2 column names"),
    ("\n\n", "is empty"),
    ('id,name\n"ada,x\n', "not CSV"),
    ("id\0,name\nada,x\n", "NUL"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_a_broken_roster_is_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        roster_of(tmp_path, text)
    assert message in str(caught.value)


def test_a_roster_in_another_encoding_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="save it as `CSV UTF-8`"):
        roster_of(tmp_path, "id,name\nzoe,Zoë\n", "latin-1")


@pytest.mark.parametrize(
    ("hints", "found"),
    [
        (Hints(canvas_id="11", name="somebody else"), ADA),
        (Hints(name="lovelaceada"), ADA),
        (Hints(name="Ada Lovelace"), ADA),
        (Hints(name="obrienbob"), BOB),
        (Hints(email="BOB@x.edu"), BOB),
        (Hints(sid="9001"), ADA),
        (Hints(id="bob"), BOB),
        (Hints(name="Ada"), None),
        (Hints(name=""), None),
        (Hints(), None),
    ],
)
def test_whoever_is_meant_is_found(hints: Hints, found: Person | None) -> None:
    person, why = Roster((ADA, BOB), "roster.csv").find(hints)
    assert person == found
    assert bool(why) == (found is None)


def test_two_of_a_name_are_not_guessed_between() -> None:
    twin = Person("alove2", "Ada", "Lovelace")
    person, why = Roster((ADA, twin), "roster.csv").find(Hints(name="Ada Lovelace"))
    assert person is None
    assert why == "'Ada Lovelace' may be each of alove, alove2: roster.csv needs what tells them apart"
    assert Roster((ADA, twin), "roster.csv").find(Hints(name="Ada Lovelace", canvas_id="11"))[0] == ADA


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_name_can_be_split_and_squashed(first: str, last: str) -> None:
    for name in (f"{first} {last}", f"{last}, {first}"):
        assert squash("".join(split_name(name))) == squash("".join(split_name(f" {name} ")))
        assert squash(squash(name)) == squash(name)


def people(course: Course) -> dict[str, tuple[str | None, ...]]:
    with Gradebook(course.gradebook_url) as book:
        return {s.id: (s.first_name, s.last_name, s.email, s.lms_user_id) for s in book.students}


def test_the_gradebook_gets_the_roster_and_keeps_what_it_has(tmp_path: Path) -> None:
    course = small_course(tmp_path / "course")
    make_gradebook(course)
    with Gradebook(course.gradebook_url) as book:
        book.add_student("bob", first_name="Robert", email="old@x.edu")
        book.add_student("gone", first_name="Dropped")
    roster = Roster((ADA, Person("bob", "", "O'Brien", "", "12")), "roster.csv")
    assert fill_gradebook(course, roster, write=False) == ["alove", "bob"]
    assert "alove" not in people(course)
    assert fill_gradebook(course, roster) == ["alove", "bob"]
    assert people(course) == {
        "alove": ("Ada", "Lovelace", "ada@x.edu", "11"),
        "bob": ("Robert", "O'Brien", "old@x.edu", "12"),
        "gone": ("Dropped", None, None, None),
    }
    assert fill_gradebook(course, roster) == []


def test_without_a_file_the_gradebook_is_the_roster(tmp_path: Path) -> None:
    course = small_course(tmp_path / "course")
    assert load_roster(course) is None
    make_gradebook(course)
    fill_gradebook(course, Roster((ADA,), "x"))
    loaded = load_roster(course)
    assert loaded is not None
    assert loaded.find(Hints(canvas_id="11"))[0] == Person("alove", "Ada", "Lovelace", "ada@x.edu", "11")
    assert not loaded.complete


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = small_course(tmp_path / "course")
    make_gradebook(course)
    monkeypatch.chdir(course.root)
    code, said = call("roster")
    assert code == 2
    assert "roster.csv does not exist: expected a CSV file with the columns id, name, email" in said
    (course.root / "roster.csv").write_text("id,name\nada,Ada Lovelace\n")
    assert call("roster", "--dry-run") == (0, "1 students in roster.csv; 1 would be entered into the gradebook")
    assert call("roster") == (0, "1 students in roster.csv; 1 entered into the gradebook")
    assert call("roster", tmp_path / "none.csv")[0] == 2
    assert "cannot read" in call("roster", tmp_path)[1]

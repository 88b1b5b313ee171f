"""Collecting: each platform's form, whose a file is, which version counts, what is there after it."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from small_course import call, make_gradebook, notebook_bytes, put, small_course, tree, zipped

from autograder.collecting import Options, Report, collect
from autograder.course import Course
from autograder.errors import CourseError, UsageError

ROSTER = (
    "id,name,email,canvas id,sid\n"
    "ada,Ada Lovelace,ada@x.edu,11,9001\n"
    "bob,Bob O'Brien,bob@x.edu,12,9002\n"
    "zoe,Zoë Núñez,zoe@x.edu,13,9003\n"
)
RNN, LSTM = notebook_bytes("3_rnn"), notebook_bytes("4_lstm")
NEWER = notebook_bytes("3_rnn", "newer")
BOTH = {"3_rnn.ipynb": RNN, "4_lstm.ipynb": LSTM}
ON_TIME = b"2027-02-27 04:59:00 +0000\n"


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    course = small_course(tmp_path / "course")
    make_gradebook(course)
    (course.root / "roster.csv").write_text(ROSTER, encoding="utf-8")
    monkeypatch.chdir(course.root)
    return course


def take(course: Course, folder: Path, **options: object) -> Report:
    return collect(course, "hw2", folder, Options(**options))  # type: ignore[arg-type]


def there(course: Course, student: str) -> dict[str, bytes]:
    return tree(course.submitted(student, "hw2"))


def states(report: Report) -> dict[str, str]:
    return {line.person.id: str(line.state) for line in report.lines}


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_canvas(packed: bool, course: Course, tmp_path: Path) -> None:
    files = {
        "lovelaceada_11_501_3_rnn-1.ipynb": RNN,
        "lovelaceada_11_502_4_lstm.ipynb": LSTM,
        "obrienbob_LATE_12_503_hw2_bob.zip": zipped({"hw2/3_rnn.ipynb": RNN, "hw2/4_lstm.ipynb": LSTM}),
        "nunezzoe_13_text.html": "<p>sorry</p>",
    }
    source = put(tmp_path / "in", files)
    if packed:
        source = tmp_path / "submissions.zip"
        source.write_bytes(zipped(files))
    report = take(course, source)
    assert report.kind == "canvas"
    assert states(report) == {"ada": "new", "bob": "new"}
    assert there(course, "ada") == {**BOTH, "timestamp.txt": ON_TIME}
    # Late by Canvas's mark, by how much nobody knows: the least that costs a day, after the grace of ten minutes.
    assert there(course, "bob") == {**BOTH, "timestamp.txt": b"2027-02-27 05:10:00 +0000\n"}
    assert [(entry.path, entry.why) for entry in report.refused] == [
        ("nunezzoe_13_text.html", "is a text entry, not a file")
    ]
    assert report.absent == ["zoe"]
    assert {line.person.id: line.how for line in report.lines} == {
        "ada": "not marked late",
        "bob": "marked late, by how much is unknown",
    }


METADATA = """---
submission_100:
  :submitters:
  - :name: Ada Lovelace
    :sid: '9001'
    :email: ada@x.edu
  - :name: Bob O'Brien
    :sid:
    :email: bob@x.edu
  :created_at: 2027-02-28 01:02:03.000000000 Z
  :score: 3.0
  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    tests: []
submission_101:
  :submitters:
  - :name: Zoe N.
    :email: zoe@x.edu
  :created_at: 2027-02-26 20:00:00.000000000 -05:00
submission_102:
  :submitters:
  - :name: Zoe N.
    :email: zoe@x.edu
  :created_at: 2027-02-26 21:00:00.000000000 -05:00
submission_103:
  :submitters:
  - :name: Eve Stranger
    :email: eve@y.edu
"""


def test_gradescope(course: Course, tmp_path: Path) -> None:
    files = {
        "assignment_7_export/submission_metadata.yml": METADATA,
        "assignment_7_export/submission_100/3_rnn.ipynb": RNN,
        "assignment_7_export/submission_100/hw2/4_lstm.ipynb": LSTM,
        "assignment_7_export/submission_100/submission_metadata.yml": METADATA.replace("bob", "zoe"),
        "assignment_7_export/submission_101/3_rnn.ipynb": RNN,
        "assignment_7_export/submission_101/4_lstm.ipynb": LSTM,
        "assignment_7_export/submission_102/3_rnn.ipynb": NEWER,
        "assignment_7_export/submission_103/3_rnn.ipynb": RNN,
        "assignment_7_export/stray/3_rnn.ipynb": RNN,
    }
    report = take(course, put(tmp_path / "in", files))
    assert report.kind == "gradescope"
    # A group's work is everybody's.
    stamp = b"2027-02-28 01:02:03 +0000\n"
    assert there(course, "ada") == there(course, "bob") == {**BOTH, "timestamp.txt": stamp}
    # Of two submissions the newer counts, notebook by notebook.
    expected = {"3_rnn.ipynb": NEWER, "4_lstm.ipynb": LSTM, "timestamp.txt": b"2027-02-27 02:00:00 +0000\n"}
    assert there(course, "zoe") == expected
    assert [entry.path for entry in report.unmatched] == ["submission_103"]
    assert "eve@y.edu" in report.unmatched[0].why
    assert [entry.path for entry in report.refused] == ["assignment_7_export/stray/3_rnn.ipynb"]
    assert not report.complete


def test_a_list_in_a_submission_says_nothing(course: Course, tmp_path: Path) -> None:
    """Without Gradescope's own list, a student's file of that name is no list."""
    forged = {"submission_100/submission_metadata.yml": METADATA, "submission_100/3_rnn.ipynb": RNN}
    report = take(course, put(tmp_path / "in", forged))
    assert (report.kind, report.lines) == ("plain", [])
    with pytest.raises(UsageError, match=r"no submission_metadata\.yml here"):
        take(course, tmp_path / "in", kind="gradescope")


@pytest.mark.parametrize(
    "name", ["Ada Lovelace_4321_assignsubmission_file_/{}", "Ada Lovelace_4321_assignsubmission_file_{}"]
)
def test_moodle(name: str, course: Course, tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {name.format(file): data for file, data in BOTH.items()}
    files["Zoë Núñez_4322_assignsubmission_onlinetext_/onlinetext.html"] = "<p>mine</p>"
    report = take(course, put(tmp_path / "in", files))
    assert report.kind == "moodle"
    assert there(course, "ada") == {**BOTH, "timestamp.txt": ON_TIME}
    assert [line.how for line in report.lines] == ["unknown: taken as on time"]
    assert [entry.why for entry in report.refused] == ["is a Moodle onlinetext, not a file"]


WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Last modified (submission)\n"
    'Participant 4321,Ada Lovelace,ada@x.edu,Submitted,,"Saturday, 27 February 2027, 3:00 PM"\n'
    "Participant 4322,Bob O'Brien,bob@x.edu,No submission,,-\n"
)


def test_moodles_worksheet_says_when_and_whose(course: Course, tmp_path: Path) -> None:
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_text(WORKSHEET)
    files = {f"Participant 4321_4321_assignsubmission_file_/{name}": data for name, data in BOTH.items()}
    report = take(course, put(tmp_path / "in", files), times=worksheet)
    assert there(course, "ada")["timestamp.txt"] == b"2027-02-27 20:00:00 +0000\n"
    assert report.lines[0].seconds_late == 15 * 3600 + 60


@pytest.mark.parametrize("inside", ["{}/{}", "{}/hw2/{}", "class/{}/{}", "a/b/{}/hw2/{}"])
def test_plain_folders(inside: str, course: Course, tmp_path: Path) -> None:
    people = ("ada", "bob@x.edu", "Zoë Núñez")
    files = {inside.format(who, name): data for who in people for name, data in BOTH.items()}
    report = take(course, put(tmp_path / "in", files))
    assert states(report) == {"ada": "new", "bob": "new", "zoe": "new"}
    assert report.complete
    for student in ("ada", "bob", "zoe"):
        assert there(course, student) == {**BOTH, "timestamp.txt": ON_TIME}


@pytest.mark.parametrize("inside", ["{}.zip", "class/{}.zip", "hw2_{}.zip", "{}/anything.zip", "{}/hw2_mine.zip"])
def test_students_zips(inside: str, course: Course, tmp_path: Path) -> None:
    receipt = json.dumps({"notebooks": [{"sha256": hashlib.sha256(data).hexdigest()} for data in BOTH.values()]})
    data = zipped({**BOTH, "receipt.json": receipt, "timestamp.txt": "2020-01-01 00:00:00 +0000"})
    report = take(course, put(tmp_path / "in", {inside.format(who): data for who in ("ada", "bob")}))
    assert states(report) == {"ada": "new", "bob": "new"}
    # A time that the student packed is not believed.
    assert there(course, "ada") == {**BOTH, "receipt.json": receipt.encode(), "timestamp.txt": ON_TIME}


def test_one_student_alone(course: Course, tmp_path: Path) -> None:
    assert states(take(course, put(tmp_path / "in", {"ada/hw2_ada.zip": zipped(BOTH)}))) == {"ada": "new"}


def test_a_receipt_that_does_not_fit_is_told(course: Course, tmp_path: Path) -> None:
    receipt = json.dumps({"notebooks": [hashlib.sha256(data).hexdigest() for data in (RNN, b"other")]})
    report = take(course, put(tmp_path / "in", {"ada/hw2_ada.zip": zipped({**BOTH, "receipt.json": receipt})}))
    assert report.lines[0].notes == ("4_lstm: not the file that receipt.json lists; it was changed after packing",)


VERSIONS = [
    ({"3_rnn.ipynb": RNN, "3_rnn-1.ipynb": NEWER}, "3_rnn: 3_rnn-1.ipynb is the newest; not 3_rnn.ipynb"),
    ({"3_rnn (2).ipynb": NEWER, "3_rnn (1).ipynb": RNN}, "3_rnn: 3_rnn (2).ipynb is the newest; not 3_rnn (1).ipynb"),
    ({"3 RNN.ipynb": NEWER}, None),
    ({"Copy of 3_rnn.ipynb": NEWER}, None),
    ({"3_rnn-Copy3.ipynb": NEWER, "3_rnn.ipynb": RNN}, "3_rnn: 3_rnn-Copy3.ipynb is the newest; not 3_rnn.ipynb"),
    ({"3_rnn.ipynb.txt": NEWER}, None),
    ({"my homework.ipynb": NEWER}, "3_rnn: taken from my homework.ipynb, which holds its cells"),
    ({"4_lstm.ipynb": NEWER}, "3_rnn: taken from 4_lstm.ipynb, which holds its cells"),
    ({"3_rnn.ipynb": NEWER, "old/3_rnn-1.ipynb": NEWER}, None),
]


@pytest.mark.parametrize(("files", "note"), VERSIONS)
def test_which_version_counts(files: dict[str, bytes], note: str | None, course: Course, tmp_path: Path) -> None:
    report = take(course, put(tmp_path / "in" / "ada", files).parent)
    assert there(course, "ada")["3_rnn.ipynb"] == NEWER
    assert report.lines[0].notes == ((note,) if note else ())
    assert report.lines[0].missing == ("4_lstm",)


def test_canvas_goes_by_the_number_of_the_file(course: Course, tmp_path: Path) -> None:
    files = {
        "lovelaceada_11_502_3_rnn.ipynb": NEWER,
        "lovelaceada_11_501_3_rnn-7.ipynb": RNN,
        "lovelaceada_11_500_hw2.zip": zipped({"3_rnn.ipynb": RNN, "4_lstm.ipynb": LSTM}),
    }
    take(course, put(tmp_path / "in", files))
    assert there(course, "ada")["3_rnn.ipynb"] == NEWER
    assert there(course, "ada")["4_lstm.ipynb"] == LSTM


def test_a_notebook_that_is_no_json_is_left_to_the_grader(course: Course, tmp_path: Path) -> None:
    take(course, put(tmp_path / "in", {"ada/3_rnn.ipynb": b"{ not json"}))
    assert there(course, "ada")["3_rnn.ipynb"] == b"{ not json"


def test_a_release_that_is_no_notebook_stops_nobody(course: Course, tmp_path: Path) -> None:
    (course.release("hw2") / "3_rnn.ipynb").write_text("{}")
    (course.release("hw2") / "4_lstm.ipynb").unlink()
    assert take(course, put(tmp_path / "in", {"ada/3_rnn-2.ipynb": RNN})).lines[0].notebooks == ("3_rnn",)


def test_what_lies_beside_the_notebooks(course: Course, tmp_path: Path) -> None:
    files = {
        **{f"homework/{name}": data for name, data in BOTH.items()},
        "homework/figures/proof.png": b"png",
        "homework/notes.PDF": b"pdf",
        "homework/page.html": b"<script>",
        "homework/data.bin": b"0",
        "homework/.bashrc": b"0",
        "homework/5_other.ipynb": notebook_bytes("other"),
        "homework/3_rnn.ipynb.d/x.png": b"",
        "__MACOSX/homework/._3_rnn.ipynb": b"0",
        "homework/.ipynb_checkpoints/3_rnn-checkpoint.ipynb": NEWER,
        "homework/inner.zip": zipped({"3_rnn.ipynb": NEWER}),
    }
    report = take(course, put(tmp_path / "in", {"ada.zip": zipped(files)}))
    assert there(course, "ada") == {
        **BOTH, "timestamp.txt": ON_TIME, "figures/proof.png": b"png", "notes.PDF": b"pdf",
    }  # fmt: skip
    assert report.lines[0].notes == ("left out: page.html, data.bin, .bashrc and 2 more",)
    assert [(entry.path, entry.why) for entry in report.refused] == [
        ("ada.zip/homework/5_other.ipynb", "is none of the homework's notebooks")
    ]


def test_times_in_order_of_trust(course: Course, tmp_path: Path) -> None:
    source = put(tmp_path / "in", {"ada/3_rnn.ipynb": RNN, "ada/timestamp.txt": "2027-02-27 12:00:00 EST"})
    assert take(course, source).lines[0].how == "timestamp.txt"
    assert there(course, "ada")["timestamp.txt"] == b"2027-02-27 17:00:00 +0000\n"
    times = tmp_path / "times.csv"
    times.write_text("student,time\nada,2027-02-27 18:00\n")
    assert take(course, source, times=times).lines[0].how == "the table of times"
    (source / "ada" / "timestamp.txt").write_text("yesterday, I think")
    assert "timestamp.txt holds no time and was not believed" in take(course, source).lines[0].notes
    assert take(course, source, file_times=True, dry=True).lines[0].how == "the files' own time"


def test_collecting_again_changes_nothing(course: Course, tmp_path: Path) -> None:
    source = put(tmp_path / "in", {f"ada/{name}": data for name, data in BOTH.items()})
    take(course, source)
    before = tree(course.root)
    assert states(take(course, source)) == {"ada": "unchanged"}
    assert {k: v for k, v in tree(course.root).items() if k != "gradebook.db"} == {
        k: v for k, v in before.items() if k != "gradebook.db"
    }


def test_something_newer_replaces_and_keeps_the_older(course: Course, tmp_path: Path) -> None:
    first = {**{f"ada/{name}": data for name, data in BOTH.items()}, "ada/timestamp.txt": "2027-02-25 12:00:00 UTC"}
    take(course, put(tmp_path / "first", first))
    old = there(course, "ada")
    second = {"ada/3_rnn.ipynb": NEWER, "ada/timestamp.txt": "2027-02-26 12:00:00 UTC"}
    report = take(course, put(tmp_path / "second", second))
    assert states(report) == {"ada": "replaced"}
    assert report.lines[0].notes == ("4_lstm: kept from what was handed in before",)
    expected = {"3_rnn.ipynb": NEWER, "4_lstm.ipynb": LSTM, "timestamp.txt": b"2027-02-26 12:00:00 +0000\n"}
    assert there(course, "ada") == expected
    (kept,) = (course.root / "replaced" / "hw2" / "ada").iterdir()
    assert tree(kept) == old
    assert states(take(course, tmp_path / "first")) == {"ada": "older"}
    assert there(course, "ada") == expected


def test_a_dry_run_writes_nothing(course: Course, tmp_path: Path) -> None:
    source = put(tmp_path / "in", {f"ada/{name}": data for name, data in BOTH.items()})
    before = tree(course.root)
    code, said = call("collect", "hw2", source, "--dry-run")
    assert code == 0
    assert "hw2: would be collected from plain" in said
    assert "3 students would be entered into the gradebook" in said
    assert tree(course.root) == before


def test_the_roster_reaches_the_gradebook(course: Course, tmp_path: Path) -> None:
    take(course, put(tmp_path / "in", {"ada/3_rnn.ipynb": RNN}))
    with Gradebook(course.gradebook_url) as book:
        student = book.find_student("zoe")
        assert (student.first_name, student.last_name, student.lms_user_id) == ("Zoë", "Núñez", "13")


def test_without_a_roster_folders_are_ids(course: Course, tmp_path: Path) -> None:
    (course.root / "roster.csv").unlink()
    files = {"ada/3_rnn.ipynb": RNN, "new.one/3_rnn.ipynb": RNN, "Ada Lovelace/3_rnn.ipynb": RNN}
    report = take(course, put(tmp_path / "in", files))
    assert states(report) == {"ada": "new", "new.one": "new"}
    assert [entry.path for entry in report.unmatched] == ["Ada Lovelace"]
    with pytest.raises(
        UsageError, match=r"whose are these 1 submissions\? To tell, a canvas download needs roster.csv"
    ):
        take(course, put(tmp_path / "canvas", {"lovelaceada_11_501_3_rnn.ipynb": RNN}))


def test_an_extension_moves_the_due_date(course: Course, tmp_path: Path) -> None:
    (course.root / "extensions.csv").write_text("student,homework,days\nada,hw2,1\n")
    files = {"ada/3_rnn.ipynb": RNN, "ada/timestamp.txt": "2027-02-28 06:00:00 UTC"}
    report = take(course, put(tmp_path / "in", files))
    assert report.lines[0].seconds_late == 3660


def test_the_command_tells_all_and_fails_if_something_is_nobodys(course: Course, tmp_path: Path) -> None:
    source = put(tmp_path / "in", {"ada/3_rnn.ipynb": RNN, "eve/3_rnn.ipynb": RNN, "bob/readme.txt": b""})
    code, said = call("collect", "hw2", source, "--json", tmp_path / "report.json")
    assert code == 1
    for part in ("ada: missing: 4_lstm", "whose is eve? roster.csv has nobody with", "not all could be collected",
                 "2 of the roster handed in nothing: bob, zoe"):  # fmt: skip
        assert part in said
    report = json.loads((tmp_path / "report.json").read_text())
    assert {entry["student"]: entry["state"] for entry in report["students"]} == {"ada": "new", "bob": "nothing"}
    assert not course.submitted("bob", "hw2").exists()


BAD = [
    (("hw9", "in"), 2, "unknown homework 'hw9'; this course has: hw1, hw2"),
    (("hw2", "nowhere"), 2, "nowhere does not exist: expected a folder or a zip with submissions"),
    (("hw2", "empty"), 2, "nothing to collect: expected Canvas's, Gradescope's or Moodle's download"),
    (("hw2", "in/ada/3_rnn.ipynb"), 2, "is neither a folder nor a zip that can be read"),
    (("hw2", "in", "--from", "blackboard"), 2, "unknown form 'blackboard'; choose one of auto, canvas, gradescope"),
    (("hw2", "in", "--roster", "none.csv"), 2, "cannot read none.csv: No such file or directory"),
    (("hw2", "in", "--times", "none.csv"), 2, "cannot read none.csv: No such file or directory"),
    (("hw2", "in", "--times", "roster.csv"), 2, "expected a column that names students (id, email, name or canvas id)"),
    (("hw2", "in", "--times", "who.csv"), 2, "line 2: roster.csv has nobody with id 'eve'"),
    (("hw2", "in", "--times", "when.csv"), 2, "line 2: expected a time like 2027-02-26 23:59, got 'late'"),
    (("hw2",), 2, "Missing argument 'path'"),
]


@pytest.mark.parametrize(("args", "code", "message"), BAD)
def test_bad_input(args: tuple[str, ...], code: int, message: str, course: Course) -> None:
    put(course.root, {"in/ada/3_rnn.ipynb": RNN, "who.csv": "id,time\neve,\n", "when.csv": "id,time\nada,late\n"})
    (course.root / "empty").mkdir()
    got, said = call("collect", *args)
    assert got == code
    assert message in said
    assert "Traceback" not in said
    assert not (course.root / "submitted").exists()


def test_a_disk_that_cannot_be_written_to(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = put(tmp_path / "in", {"ada/3_rnn.ipynb": RNN, "bob/3_rnn.ipynb": RNN})

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("autograder.collecting.tempfile.TemporaryDirectory", full)
        with pytest.raises(CourseError, match="No space left on device; nothing was collected"):
            take(course, source)
    before = tree(course.root)
    with monkeypatch.context() as patch:
        patch.setattr("autograder.collecting.placing.Path.write_bytes", full)
        assert call("collect", "hw2", source)[0] == 1
    assert tree(course.root) == before
    (course.root / "submitted").write_text("in the way")
    code, said = call("collect", "hw2", source)
    assert code == 1
    assert "cannot write" in said
    assert not list(course.root.glob(".collect-*"))


def test_a_move_that_fails_leaves_the_old_submission(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(course, put(tmp_path / "in", {"ada/3_rnn.ipynb": RNN}))
    before = there(course, "ada")
    shutil.copyfile(course.release("hw2") / "4_lstm.ipynb", tmp_path / "in" / "ada" / "4_lstm.ipynb")
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if ".collect-" in str(self):
            raise OSError(30, "Read-only file system")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(CourseError, match="Read-only file system"):
        take(course, tmp_path / "in")
    assert there(course, "ada") == before

"""Submissions that are to do harm while they are collected: none leaves its folder, each is reported."""

from __future__ import annotations

import io
import os
import stat
import struct
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from small_course import make_gradebook, notebook_bytes, put, small_course, tree, zipped

from autograder.collecting import Options, Report, collect
from autograder.collecting.naming import Named, Notebooks
from autograder.collecting.source import ARCHIVE_FILES
from autograder.course import Course
from autograder.errors import CourseError

RNN, LSTM = notebook_bytes("3_rnn"), notebook_bytes("4_lstm")


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    course = small_course(tmp_path / "course")
    make_gradebook(course)
    monkeypatch.chdir(course.root)
    return course


def take(course: Course, folder: Path) -> Report:
    return collect(course, "hw2", folder, Options())


def tried(course: Course, source: Path) -> tuple[Report | None, str]:
    """A report, or the one line that says why there is none."""
    try:
        return take(course, source), ""
    except CourseError as error:
        message = str(error)
    assert "\n" not in message
    return None, message


def given_zip(course: Course, tmp_path: Path, data: bytes) -> Report:
    """Ada hands in this zip beside her notebook; bob hands in what is right. Nothing is to stop him."""
    report = take(course, put(tmp_path / "in", {"ada/3_rnn.ipynb": RNN, "ada/mine.zip": data, "bob/3_rnn.ipynb": RNN}))
    assert {line.person.id: str(line.state) for line in report.lines} == {"ada": "new", "bob": "new"}
    for student in ("ada", "bob"):
        assert set(tree(course.submitted(student, "hw2"))) == {"3_rnn.ipynb", "timestamp.txt"}
    assert {path.name for path in tmp_path.iterdir()} == {"course", "in"}
    return report


def entry(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def one(info: zipfile.ZipInfo, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(info, data)
    return buffer.getvalue()


OUTSIDE = "its path leads out of the zip"
ODD = [
    (entry("../../../4_lstm.ipynb"), OUTSIDE),
    (entry("a/../../4_lstm.ipynb"), OUTSIDE),
    (entry("..\\..\\4_lstm.ipynb"), OUTSIDE),
    (entry("/etc/4_lstm.ipynb"), OUTSIDE),
    (entry("C:\\4_lstm.ipynb"), OUTSIDE),
    (entry("4_lstm.ipynb", stat.S_IFLNK | 0o777), "is a link and was not followed"),
    (entry("4_lstm.ipynb", stat.S_IFIFO | 0o644), "is no plain file"),
    (entry("new\nline/4_lstm.ipynb"), "has a name that no file can have"),
    (entry(f"{'x' * 300}/4_lstm.ipynb"), "has a name that no file can have"),
]


@pytest.mark.parametrize(("info", "why"), ODD)
def test_odd_entries_are_refused(info: zipfile.ZipInfo, why: str, course: Course, tmp_path: Path) -> None:
    report = given_zip(course, tmp_path, one(info, LSTM))
    assert [refusal.why for refusal in report.refused] == [why]
    assert report.refused[0].path.startswith("ada/mine.zip/")
    assert "\n" not in report.refused[0].path


def encrypted() -> bytes:
    data = bytearray(one(entry("4_lstm.ipynb"), LSTM))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark) + offset
        data[at] |= 1
    return bytes(data)


def damaged() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("4_lstm.ipynb", LSTM)
    return buffer.getvalue().replace(b"4_lstm_answer", b"4_lstm_ansWer", 1)


def claiming(size: int) -> bytes:
    """Unpacks to ten million bytes, and says that it is so many."""
    data = bytearray(one(entry("4_lstm.ipynb"), b" " * 10_000_000))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(mark) + offset, size)
    return bytes(data)


def long_listing() -> bytes:
    """So many files that reading their list alone would take long."""
    data = bytearray(zipped({"a": b""}))
    struct.pack_into("<I", data, data.rindex(b"PK\x05\x06") + 12, 500 * 2**20)
    return bytes(data)


BOMBS = [
    (encrypted, "is encrypted: hand it in without a password"),
    (damaged, "is damaged: Bad CRC-32"),
    (lambda: claiming(100), "is damaged: Bad CRC-32"),
    (long_listing, f"lists more files than the {ARCHIVE_FILES} that are taken"),
    (lambda: b"PK\x03\x04 not a zip at all", "is not a zip that can be read"),
    (lambda: one(entry("4_lstm.ipynb"), b" " * 3_000_000), "has 3 MiB, at most 1 MiB are taken"),
    (lambda: zipped({f"{i}.png": b"" for i in range(ARCHIVE_FILES + 1)}), f"unpacks to {ARCHIVE_FILES + 1} files"),
    (lambda: claiming(2**30), f"unpacks to 1 files and 1024 MiB; taken are at most {ARCHIVE_FILES} files"),
]


@pytest.mark.parametrize(("make", "why"), BOMBS)
def test_bombs_and_broken_zips(make: object, why: str, course: Course, tmp_path: Path) -> None:
    report = given_zip(course, tmp_path, make())  # type: ignore[operator]
    assert len(report.refused) == 1
    assert why in report.refused[0].why


def test_a_zip_in_a_zip_stays_closed(course: Course, tmp_path: Path) -> None:
    inner = b"x"
    for _ in range(5):
        inner = zipped({"next.zip": inner})
    report = given_zip(course, tmp_path, inner)
    assert report.lines[0].notes == ("left out: next.zip",)


def test_a_file_where_a_folder_is_to_be(course: Course, tmp_path: Path) -> None:
    files = {"3_rnn.ipynb": RNN, "a.png": b"1", "a.png/b.png": b"2", "c.png/d.png": b"3", "c.png": b"4"}
    take(course, put(tmp_path / "in", {"ada.zip": zipped(files)}))
    assert tree(course.submitted("ada", "hw2")).keys() == {"3_rnn.ipynb", "a.png", "c.png/d.png", "timestamp.txt"}


def test_links_in_a_folder_are_not_followed(course: Course, tmp_path: Path) -> None:
    put(tmp_path / "secret", {"4_lstm.ipynb": LSTM})
    source = put(tmp_path / "in", {"ada/3_rnn.ipynb": RNN})
    (source / "ada" / "4_lstm.ipynb").symlink_to(tmp_path / "secret" / "4_lstm.ipynb")
    (source / "ada" / "figures").symlink_to(tmp_path / "secret")
    (source / "bob").symlink_to(source / "ada")
    os.mkfifo(source / "ada" / "pipe.png")
    report = take(course, source)
    assert sorted((refusal.path, refusal.why) for refusal in report.refused) == [
        ("ada/4_lstm.ipynb", "is a link and was not followed"),
        ("ada/figures", "is a link and was not followed"),
        ("ada/pipe.png", "is no plain file"),
        ("bob", "is a link and was not followed"),
    ]
    assert set(tree(course.submitted("ada", "hw2"))) == {"3_rnn.ipynb", "timestamp.txt"}


def test_a_link_in_the_place_of_a_submission_is_replaced_and_not_written_through(
    course: Course, tmp_path: Path
) -> None:
    elsewhere = put(tmp_path / "elsewhere", {"3_rnn.ipynb": b"precious"})
    place = course.submitted("ada", "hw2")
    place.parent.mkdir(parents=True)
    place.symlink_to(elsewhere)
    take(course, put(tmp_path / "in", {"ada/3_rnn.ipynb": RNN}))
    assert tree(elsewhere) == {"3_rnn.ipynb": b"precious"}
    assert not place.is_symlink()
    assert (place / "3_rnn.ipynb").read_bytes() == RNN


YAML_TRICKS = [
    "!!python/object/apply:os.system ['touch owned']",
    "submission_1: !ruby/object:Gem::Installer\n  i: x\n",
    "- 1\n- 2\n",
    "a: [\n",
    "\x00",
    "x: " + "[" * 3000,
    "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
]


@pytest.mark.parametrize("text", YAML_TRICKS, ids=range(len(YAML_TRICKS)))
def test_a_list_that_is_none(text: str, course: Course, tmp_path: Path) -> None:
    (course.root / "roster.csv").write_text("id\nada\n")
    source = put(tmp_path / "in", {"submission_metadata.yml": text, "submission_1/3_rnn.ipynb": RNN})
    report, message = tried(course, source)
    assert report is None or report.lines == []
    assert report is not None or "is not Gradescope's list of submissions" in message
    assert not (course.root / "owned").exists()
    assert not (course.root / "submitted").exists()


PARTS = st.sampled_from(
    ["..", ".", "", "ada", "hw2", "3_rnn.ipynb", "a.png", "timestamp.txt", "C:", "\\", "~", "x" * 250]
)
NAMES = st.one_of(
    st.lists(PARTS, min_size=1, max_size=5).map("/".join),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30),
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = small_course(tmp_path_factory.mktemp("hostile") / "course")
    make_gradebook(course)
    return course


@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(NAMES, st.sampled_from([RNN, b"x", b""])), min_size=1, max_size=6), st.booleans())
@example([("../../../../evil.png", b"x"), ("3_rnn.ipynb", RNN)], True)
@example([("0", RNN), ("", RNN)], False)
@example([("ada/3_rnn.ipynb", RNN), ("ADA/3_rnn.ipynb", RNN)], False)
def test_no_name_leads_out(shared: Course, files: list[tuple[str, bytes]], inner: bool) -> None:
    """Whatever a zip lists, what is written lies below ``submitted/`` and is a plain file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files:
            info = zipfile.ZipInfo("x")
            info.filename = name
            archive.writestr(info, data)
    data = zipped({"ada.zip": buffer.getvalue()}) if inner else buffer.getvalue()
    before = {path for path in shared.root.parent.rglob("*") if "submitted" not in path.parts}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "all.zip"
        source.write_bytes(data)
        tried(shared, source)
    after = {path for path in shared.root.parent.rglob("*") if not {"submitted", "replaced"} & set(path.parts)}
    assert after == before - {path for path in before if "replaced" in path.parts}
    assert not [path for path in (shared.root / "submitted").rglob("*") if path.is_symlink()]


HOMEWORK = Notebooks(("3_rnn", "4_lstm"), {"3_rnn": frozenset({"a", "b"}), "4_lstm": frozenset()})


@given(st.text(max_size=60), st.binary(max_size=200))
def test_any_name_and_any_bytes_can_be_looked_at(name: str, data: bytes) -> None:
    assert HOMEWORK.by_name(name) is None or isinstance(HOMEWORK.by_name(name), Named)
    assert HOMEWORK.by_content(data) in (None, "3_rnn")


@given(
    st.sampled_from(["3_rnn", "4_lstm"]),
    st.integers(1, 999),
    st.sampled_from(["-{}", " ({})", "({})", "_{}", "-Copy{}"]),
)
def test_what_downloading_does_to_a_name_is_undone(name: str, number: int, form: str) -> None:
    assert HOMEWORK.by_name(f"{name}{form.format(number)}.ipynb") == Named(name, number)


@pytest.mark.parametrize(
    "name", ["3_rnn", "3_rnn.py", "13_rnn.ipynb", "3_rnnn.ipynb", "3_rnn.ipynb.zip", ".ipynb", "rnn.ipynb"]
)
def test_other_names_mean_nothing(name: str) -> None:
    assert HOMEWORK.by_name(name) is None

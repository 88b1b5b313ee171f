"""The report of a class: its numbers, nobody's name unless asked for, and a page that everybody can read."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from chromium import check_page, needs_chromium
from commands import run
from made_up_class import TESTS, make_class
from nbgrader.api import Gradebook

from autograder.classbook import read_class
from autograder.course import Course
from autograder.errors import UsageError
from autograder.graders import NOBODY, Shares, load_shares
from autograder.reporting import make_report, plots
from autograder.reporting.statistics import Spread, progress, statistics_of_tests

SIZE = 24


@pytest.fixture
def graded(course: Course) -> Course:
    make_class(course, SIZE)
    return course


def test_what_each_test_told(graded: Course) -> None:
    record = read_class(graded, "hw2")
    tests = statistics_of_tests(record)
    assert len(tests) == len(TESTS) * len({test.cell for test in tests})
    by_name = {test.name: test for test in tests if test.cell == "test_rnn_step_forward"}
    assert list(by_name) == list(TESTS)
    strong = sum(cell.tests[0].passed for s in record.students for cell in s.notebooks[0].result.cells[:1])
    values = by_name["values"]
    assert (values.ran, values.failed, values.tried) == (SIZE, SIZE - strong, SIZE - 1)
    assert (values.verdict, by_name["called again"].verdict) == ("", "nobody passes")
    assert by_name["other sizes"].verdict == "told nothing new: as “values”"
    assert by_name["float32 inputs"].verdict == "told nothing"
    assert by_name["called again"].separates is None
    assert values.separates is not None
    assert 0.3 < values.separates <= 1
    assert values.message.startswith("dx: expected shape")
    assert values.told == values.failed


def test_a_message_of_few_is_not_shown_unless_asked(course: Course) -> None:
    make_class(course, 2)
    assert {test.message for test in statistics_of_tests(read_class(course, "hw2"))} == {""}
    assert {test.message for test in statistics_of_tests(read_class(course, "hw2"), any_message=True)} != {""}


def test_progress_is_what_the_gradebook_says(graded: Course) -> None:
    (graded.root / "graders.toml").write_text('[hw2]\n"*" = ["ana", "ben"]\nderive_rnn_backward = ["cho"]\n')
    record = read_class(graded, "hw2")
    by_question, by_grader = progress(record, load_shares(graded, "hw2"))
    with Gradebook(graded.gradebook_url) as gradebook:
        waiting = [
            grade.cell.name for entry in gradebook.assignment_submissions("hw2") for notebook in entry.notebooks
            for grade in notebook.grades if grade.needs_manual_grade
        ]  # fmt: skip
    assert {entry.name: entry.waiting for entry in by_question} == {name: waiting.count(name) for name in set(waiting)}
    assert sum(entry.waiting for entry in by_grader) == len(waiting)
    graders = {entry.name: entry for entry in by_grader}
    assert graders.keys() == {"ana", "ben", "cho"}
    assert graders["cho"].total == SIZE
    assert abs(graders["ana"].total - graders["ben"].total) <= len(by_question)
    assert sum(entry.empty for entry in by_question) == len(by_question)  # the last student wrote nothing


def test_shares_are_even_and_stay() -> None:
    shares, roster = Shares({"*": ("ana", "ben", "cho")}), [f"s{number}" for number in range(31)]
    dealt = shares.deal("derive", roster)
    assert dealt == shares.deal("derive", reversed(roster))
    counts = sorted(list(dealt.values()).count(name) for name in ("ana", "ben", "cho"))
    assert counts == [10, 10, 11]
    assert set(Shares({}).deal("derive", roster).values()) == {NOBODY}


@pytest.mark.parametrize(
    ("text", "message"),
    [("[hw2", "is not TOML"), ("hw2 = 3", "to be a table"), ("[hw2]\nx = 'ana'", "`x` to be a list of names")],
)
def test_a_broken_file_of_graders_is_named(course: Course, text: str, message: str) -> None:
    (course.root / "graders.toml").write_text(text)
    with pytest.raises(UsageError, match=message):
        load_shares(course, "hw2")


def test_no_name_is_on_the_page_unless_asked_for(graded: Course) -> None:
    text = make_report(graded, "hw2").read_text()
    named = make_report(graded, "hw2", names=True).read_text()
    for number in range(SIZE):
        assert f"student{number:02d}" not in text
        assert f"Family{number}" not in text
    assert "student00" in named
    assert "1 d 12 h" in text
    assert "print(&#39;student" in named  # a note, escaped


def test_the_page_is_whole_and_escaped(graded: Course) -> None:
    text = make_report(graded, "hw2").read_text()
    assert not re.search(r"<script|<link|<img|https?://(?!www\.w3\.org)|<b>values", text)
    assert "&lt;b&gt;values" in text
    plots_in = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(plots_in) >= 6
    for plot in plots_in:
        assert len(ET.fromstring(plot).attrib["aria-label"]) > 20


def test_histogram_counts_each_value_once() -> None:
    svg = str(plots.histogram([0, 9.9, 10, 100, 120, -3], range(0, 101, 10), "Scores", "percent"))
    assert 'aria-label="Scores. 0 to 10: 3, 10 to 20: 1, 90 to 100: 2"' in svg
    heights = [float(bar.attrib["height"]) for bar in ET.fromstring(svg).iter("rect")]
    assert heights[0] == pytest.approx(1.5 * heights[-1], abs=0.1)
    assert heights[1] == pytest.approx(heights[0] / 3, abs=0.1)


def test_boxes_lie_where_the_numbers_are() -> None:
    svg = ET.fromstring(str(plots.boxes([("one", [0, 25, 50, 75, 100]), ("none", [])], 0, 100, "T", "u")))
    box, median = list(svg.iter("rect"))[:2]
    left, right = float(box.attrib["x"]), float(box.attrib["x"]) + float(box.attrib["width"])
    middle = float(median.attrib["x"]) + 1.5
    assert middle == pytest.approx((left + right) / 2, abs=0.2)
    assert "middle half 25 to 75, median 50" in svg.attrib["aria-label"]
    logarithmic = ET.fromstring(str(plots.boxes([("one", [1, 10, 100])], 1, 100, "T", "u", logarithmic=True)))
    median = list(logarithmic.iter("rect"))[1]
    assert float(median.attrib["x"]) + 1.5 == pytest.approx(8 + 342 / 2, abs=0.2)


def test_labels_are_escaped() -> None:
    svg = str(plots.bars([("<script>", [1, 2])], ("a", "b"), 'say "x"'))
    assert "<script>" not in svg
    assert ET.fromstring(svg).attrib["aria-label"] == 'say "x". <script>: 1 a, 2 b'


@pytest.mark.parametrize("values", [[3], [1, 2], [0, 0, 0, 5]])
def test_spread_of_few(values: list[float]) -> None:
    spread = Spread.of(values)
    assert spread.low <= spread.first <= spread.median <= spread.third <= spread.high
    assert spread.mean == pytest.approx(sum(values) / len(values))


BAD = [
    (("report", "hw9"), 2, "unknown homework 'hw9'"),
    (("report", "hw2"), 2, "nobody has handed anything in"),
    (("report",), 2, "Missing argument"),
]


@pytest.mark.parametrize(("args", "code", "message"), BAD)
def test_bad_input(args: tuple[str, ...], code: int, message: str, course: Course, capsys, monkeypatch) -> None:
    got, out, err = run(capsys, monkeypatch, *args)
    assert got == code
    assert message in out + err
    assert "Traceback" not in out + err
    assert not (course.root / "reports").exists()


def test_a_class_that_was_not_graded(course: Course, submit, capsys, monkeypatch) -> None:
    submit("ada", "3_rnn", {})
    code, _, err = run(capsys, monkeypatch, "report", "hw2")
    assert (code, "nothing has been graded: run `course grade hw2` first" in err) == (2, True)


def test_without_a_gradebook_none_is_made(course: Course, capsys, monkeypatch) -> None:
    (course.root / "gradebook.db").unlink()
    code, _, err = run(capsys, monkeypatch, "report", "hw2")
    assert (code, "there is no gradebook: run `course release hw2` first" in err) == (2, True)
    assert not (course.root / "gradebook.db").exists()


def test_a_damaged_gradebook(course: Course, capsys, monkeypatch) -> None:
    (course.root / "gradebook.db").write_bytes(b"not a data base" * 100)
    code, _, err = run(capsys, monkeypatch, "report", "hw2")
    assert (code, "cannot be used" in err, "Traceback" in err) == (1, True, False)


def test_a_damaged_graded_copy_is_told(graded: Course) -> None:
    (graded.autograded("student03", "hw2") / "3_rnn.ipynb").write_text("{")
    record = read_class(graded, "hw2", ["student03"])
    assert "cannot be read" in record.students[0].notebooks[0].result.notes[0]
    assert "1 notebooks are not graded" in make_report(graded, "hw2").read_text()


def test_where_nothing_can_be_written(graded: Course, capsys, monkeypatch) -> None:
    code, out, err = run(capsys, monkeypatch, "report", "hw2", "--to", "/proc/nowhere/report.html")
    assert code in (1, 2)
    assert "Traceback" not in out + err
    assert len(err) < 300


def test_an_older_page_stays_when_writing_fails(graded: Course, monkeypatch) -> None:
    path = make_report(graded, "hw2")
    before = path.read_text()
    monkeypatch.setattr("os.fdopen", lambda *args, **kwargs: (_ for _ in ()).throw(OSError("no space")))
    with pytest.raises(OSError, match="no space"):
        make_report(graded, "hw2", names=True)
    assert path.read_text() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]


def test_the_command(graded: Course, tmp_path: Path, capsys, monkeypatch) -> None:
    code, out, _ = run(capsys, monkeypatch, "report", "hw2", "--to", str(tmp_path / "page.html"))
    assert (code, out) == (0, f"wrote {tmp_path / 'page.html'}")
    assert (tmp_path / "page.html").is_file()


@needs_chromium
@pytest.mark.slow
def test_everybody_can_read_it(graded: Course) -> None:
    check_page(make_report(graded, "hw2", names=True))

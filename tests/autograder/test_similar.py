"""Similar submissions: copies are found in disguise, what was given is not counted, nothing on the page runs."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from chromium import check_page, needs_chromium
from commands import run
from nbformat.v4 import new_code_cell
from rich.console import Console

from autograder import cli_similar, notebooks
from autograder.colab import colab_cell
from autograder.course import Course
from autograder.samples import fill_in
from autograder.similar import Pair, find_similar
from autograder.similar_page import make_page

pytest.importorskip("copydetect", reason="copydetect is not installed (extra: similar)")
Submit = Callable[..., Path]

ONE = {
    "rnn_forward": """def rnn_forward(x, h0, Wx, Wh, b):
    # walk over the time
    T = x.shape[0]
    states, caches = [], []
    current = h0
    for t in range(T):
        current, cache = rnn_step_forward(x[t], current, Wx, Wh, b)
        states.append(current)
        caches.append(cache)
    stacked = np.stack(states, axis=0)
    assert stacked.shape == (T, h0.shape[0], h0.shape[1])
    return stacked, (x, caches, T)
""",
    "derive_rnn_backward": "I begin at the end, where nothing comes from later, and go back step by step: each state "
    "gives its gradient to the loss and to the step after it, so both of them are added before the tanh is passed.",
}
OTHER = {
    "rnn_forward": """def rnn_forward(x, h0, Wx, Wh, b):
    h = np.empty((len(x), *h0.shape), dtype=np.result_type(x, h0))
    kept = {}
    for index, batch in enumerate(x):
        before = h0 if index == 0 else h[index - 1]
        h[index], kept[index] = rnn_step_forward(batch, before, Wx, Wh, b)
    if not kept:
        raise ValueError("no steps")
    return h, kept
""",
    "derive_rnn_backward": "By the chain rule, and since the weights occur in all steps, their gradients are sums over "
    "all of them; the recursion for the hidden state couples neighbours only.",
}


def disguised(cells: dict[str, str]) -> dict[str, str]:
    """Other names, other comments, other layout."""
    code = cells["rnn_forward"]
    for old, new in (
        ("states", "outs"),
        ("caches", "memory"),
        ("current", "hh"),
        ("stacked", "result"),
        ("walk", "go"),
    ):
        code = re.sub(rf"\b{old}\b", new, code)
    code = code.replace("    T = ", "\n    # how long\n    T  =  ").replace("x[t], hh", "x[ t ],  hh")
    return {"rnn_forward": code, "derive_rnn_backward": cells["derive_rnn_backward"].upper().replace(" ", "\n", 5)}


@pytest.fixture
def classroom(course: Course, submit: Submit) -> Course:
    submit("ada", "3_rnn", ONE)
    submit("ben", "3_rnn", disguised(ONE))
    submit("cho", "3_rnn", OTHER)
    for blank in ("dan", "eve"):
        submit(blank, "3_rnn", {})
    return course


def only(pairs: tuple[Pair, ...]) -> Pair:
    (pair,) = pairs
    return pair


def test_a_disguised_copy_is_found_and_nothing_else(classroom: Course) -> None:
    found = find_similar(classroom, "hw2")
    pair = only(found.pairs)
    assert (found.compared, found.left_out) == (5, ())
    assert (pair.students, pair.notebook) == (("ada", "ben"), "3_rnn")
    assert min(pair.parts) > 0.9
    assert [match.one.kind for match in pair.matches] == ["code", "prose"]


def test_the_passages_are_where_the_copy_is(classroom: Course) -> None:
    pair = only(find_similar(classroom, "hw2").pairs)
    code = pair.matches[0]
    for document, passages, words in (
        (code.one, code.passages[0], ("states.append(current)", "np.stack(states, axis=0)")),
        (code.other, code.passages[1], ("outs.append(hh)", "np.stack(outs, axis=0)")),
    ):
        marked = "\n".join(document.text[start:end] for start, end in passages)
        for word in words:
            assert word in marked
        assert "―――" not in marked
        assert all(0 <= start < end <= len(document.text) for start, end in passages)


def test_what_was_given_is_not_counted(course: Course, submit: Submit) -> None:
    submit("dan", "3_rnn", {})
    submit("eve", "3_rnn", {})
    assert find_similar(course, "hw2", at_least=0).pairs == ()


@pytest.mark.parametrize("github", ["", "school/homework"])
def test_the_first_cell_of_a_bundle_is_not_counted(course: Course, submit: Submit, github: str) -> None:
    for student, answers in (("ada", {}), ("ben", {}), ("cho", OTHER), ("dan", ONE)):
        notebook = fill_in(course, "hw2", "3_rnn", answers)
        notebook.cells.insert(1, colab_cell("hw2", github))
        submit(student, "3_rnn", notebook)
    assert find_similar(course, "hw2", at_least=0).pairs == ()


def test_what_a_student_adds_to_that_cell_is_counted(course: Course, submit: Submit) -> None:
    for student in ("ada", "ben"):
        notebook = fill_in(course, "hw2", "3_rnn", {})
        cell = colab_cell("hw2")
        cell.source += "\n\n" + ONE["rnn_forward"]
        notebook.cells.insert(1, cell)
        submit(student, "3_rnn", notebook)
    (match,) = only(find_similar(course, "hw2").pairs).matches
    marked = "".join(match.one.text[start:end] for start, end in match.passages[0])
    assert "states.append(current)" in marked
    assert "drive.mount" not in marked


def test_what_much_of_the_class_has_is_not_counted(course: Course, submit: Submit) -> None:
    for number in range(12):
        submit(f"s{number}", "3_rnn", ONE)
    assert find_similar(course, "hw2").pairs == ()


def test_a_copy_in_a_cell_of_ones_own(course: Course, submit: Submit) -> None:
    for student in ("ada", "ben"):
        notebook = fill_in(course, "hw2", "3_rnn", {})
        notebook.cells.insert(3, new_code_cell(ONE["rnn_forward"], id="mine"))
        submit(student, "3_rnn", notebook)
    pair = only(find_similar(course, "hw2").pairs)
    assert "a cell of their own" in pair.matches[0].one.text


def test_another_term(classroom: Course, tmp_path: Path) -> None:
    folder = tmp_path / "spring" / "zoe" / "hw2"
    folder.mkdir(parents=True)
    notebooks.write(fill_in(classroom, "hw2", "3_rnn", OTHER), folder / "3_rnn.ipynb")
    found = find_similar(classroom, "hw2", against=[tmp_path / "spring"])
    assert {pair.students for pair in found.pairs} == {("ada", "ben"), ("cho", "zoe (spring)")}


def test_what_cannot_be_read_is_told_and_stops_nobody(classroom: Course, submit: Submit) -> None:
    submit("fay", "3_rnn", b"{")
    (classroom.submitted("fay", "hw2") / "4_lstm.ipynb").symlink_to("/etc/passwd")
    found = find_similar(classroom, "hw2")
    assert found.left_out[0] == "fay: 3_rnn cannot be read"
    assert len(found.pairs) == 1


def test_the_page_escapes_what_students_wrote(course: Course, submit: Submit) -> None:
    attack = ONE["rnn_forward"] + "\n# </pre></mark><script>alert(1)</script>\nx = '<img src=x onerror=alert(1)>'\n"
    for student in ("ada", "b<script>"):
        submit(student, "3_rnn", {"rnn_forward": attack})
    path, _ = make_page(course, "hw2", 0.5, 10)
    text = path.read_text()
    assert "<script" not in text
    assert "<img" not in text
    assert text.count("<pre") == text.count("</pre>")
    assert "&lt;script&gt;alert(1)" in text
    assert "<mark>" in text


@needs_chromium
@pytest.mark.slow
def test_everybody_can_read_it(classroom: Course) -> None:
    check_page(make_page(classroom, "hw2", 0.5, 10)[0])


def test_the_command(classroom: Course, capsys, monkeypatch) -> None:
    code, out, _ = run(capsys, monkeypatch, "similar", "hw2")
    assert code == 0
    assert "5 submissions, 1 pair alike" in out
    assert (classroom.root / "reports/hw2/similar.html").is_file()


def test_the_work_is_counted_step_by_step(classroom: Course) -> None:
    told: list[tuple[str, int, int]] = []
    find_similar(classroom, "hw2", on_step=lambda *step: told.append(step))
    assert [step for step in told if step[0] == "3_rnn: reading"] == [("3_rnn: reading", n, 5) for n in range(5)]
    assert ("3_rnn: comparing code", 0, 1) in told
    assert all(done < total for _, done, total in told)


@pytest.mark.parametrize("watched", [True, False])
def test_a_bar_is_drawn_where_somebody_watches(watched: bool) -> None:
    stream = io.StringIO()
    with cli_similar._bar(Console(file=stream, force_terminal=watched, width=100)) as on_step:
        on_step("3_rnn: reading", 0, 30)
        on_step("3_rnn: reading", 29, 30)
    assert ("3_rnn: reading" in stream.getvalue()) == watched
    assert watched or not stream.getvalue()


BAD = [
    (("similar", "hw9"), 2, "unknown homework 'hw9'"),
    (("similar", "hw2"), 2, "fewer than two submissions of hw2"),
    (("similar", "hw2", "--at-least", "3"), 2, "a part between 0 and 1"),
    (("similar", "hw2", "--against", "nowhere"), 2, "nowhere is not a folder"),
    (("similar", "hw2", "--against", "assignments"), 2, "holds no submissions"),
]


@pytest.mark.parametrize(("args", "code", "message"), BAD)
def test_bad_input(args: tuple[str, ...], code: int, message: str, course: Course, capsys, monkeypatch) -> None:
    got, out, err = run(capsys, monkeypatch, *args)
    assert got == code
    assert message in out + err
    assert "Traceback" not in out + err
    assert not (course.root / "reports").exists()


def test_without_the_library(classroom: Course, capsys, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "copydetect", None)
    code, _, err = run(capsys, monkeypatch, "similar", "hw2")
    assert (code, "pip install 'deep-learning-homework[similar]'" in err) == (2, True)

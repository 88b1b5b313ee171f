"""Marking by hand in a real browser: ``course mark`` starts the server, clicks give points, the student reads them."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import needs_chromium, serious, window
from commands import run
from graded_copy import mark, put
from nbgrader.api import Gradebook

from autograder.course import Course
from autograder.errors import UsageError
from autograder.feedback_pages import make_feedback
from autograder.marking import panels
from autograder.marking_server import answers, left_page
from autograder.markup import render_markdown
from autograder.rubric import load_comments, load_rubric

ROOT = Path(__file__).resolve().parents[2]
QUESTION = "derive_rnn_step_backward"
START = (
    "import sys; from autograder import cli, cli_mark; sys.argv = ['course', *sys.argv[1:]]\n"
    "known = [c.name or c.callback.__name__ for c in cli.app.registered_commands]\n"
    "if 'mark' not in known: cli_mark.register(cli.app)\n"
    "cli.main()"
)


@pytest.fixture
def graded(course: Course) -> Course:
    attack = "$x$ <script>owned()</script> [live](../../x.html)"
    for student in ("ada", "ben"):
        put(course, student, {QUESTION: f"My answer: $\\delta_t$. {attack}", "derive_rnn_backward": "more"})
    mark(course, "ben", QUESTION, 1.0, "Said to ben before.")
    return course


@pytest.fixture
def server(graded: Course) -> Iterator[str]:
    """The address that ``course mark`` tells."""
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        port = end.getsockname()[1]
    command = [sys.executable, "-c", START, "mark", "hw2", "--no-browser", "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "300"}
    with subprocess.Popen(command, cwd=graded.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            told = process.stdout.readline()
            found = re.search(r"http://\S+", told)
            assert found, told + (process.stderr.read() if process.stderr and process.poll() is not None else "")
            yield found[0]
        finally:
            process.terminate()
            process.communicate(timeout=30)


def row(course: Course, student: str, question: str = QUESTION) -> tuple[float | None, bool, str]:
    with Gradebook(course.gradebook_url) as gradebook:
        given = gradebook.find_grade(question, "3_rnn", "hw2", student)
        comment = gradebook.find_comment(question, "3_rnn", "hw2", student).manual_comment
        return given.manual_score, given.needs_manual_grade, comment or ""


def wait_for(course: Course, wanted: float | str) -> None:
    """Wait until the gradebook has a score, or a comment that contains a text."""
    for _ in range(100):
        score, _, comment = row(course, "ada")
        if score == wanted or (isinstance(wanted, str) and wanted in comment):
            return
        time.sleep(0.1)
    raise AssertionError(f"the gradebook has {row(course, 'ada')}, not {wanted!r}")


@needs_chromium
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_from_the_first_click_to_the_students_page(server: str, graded: Course) -> None:
    number = next(a.number for a in answers(graded, "hw2") if a.question == QUESTION and a.waiting)
    with window() as page:
        page.goto(server)
        assert "3 answers wait to be marked" in page.inner_text("header")
        assert serious(page) == []
        page.locator("section", has_text="Gradients of one RNN step").get_by_text(f"Submission {number}").click()
        panel = page.locator(f'.rubric[data-for="{QUESTION}"]')
        panel.wait_for()
        assert "My answer" in page.inner_text("#notebook")
        assert page.locator("ada").count() == 0
        assert page.locator("#notebook math").count() > 10
        assert serious(page, ".rubric") == []

        lines = panel.locator("fieldset")
        assert lines.count() == len(load_rubric(graded, "hw2")[QUESTION].lines) == 4
        for place, choice in enumerate(("all", "half", "none")):
            lines.nth(place).get_by_label(choice).check()
        assert panel.locator(".sum").inner_text() == "0.75 so far; 1 to judge"
        assert row(graded, "ada")[0] is None
        lines.nth(3).get_by_label("all").check()
        assert panel.locator(".sum").inner_text() == "Score: 1.25"
        wait_for(graded, 1.25)
        assert row(graded, "ada")[1] is False

        panel.get_by_text("Write what was lost into the comment").click()
        wait_for(graded, "- 0 of 0.5: To the two weight matrices")
        panel.get_by_role("button", name="The bias was added to every sample").click()
        wait_for(graded, "sum over the batch")
        panel.get_by_role("button", name="Said to ben before.").click()
        wait_for(graded, "Said to ben before.")

        page.reload()
        page.locator(f'.rubric[data-for="{QUESTION}"]').wait_for()
        page.wait_for_function(f"document.getElementById('{QUESTION}').value == 1.25")
        assert "To the two weight matrices" in page.locator(f"#{QUESTION}-comment").input_value()
        page.goto(server)
        assert "2 answers wait to be marked" in page.inner_text("header")

    (index, *_) = make_feedback(graded, "hw2", ("ada",))
    with window() as page:
        page.goto(index.as_uri())
        text = page.inner_text("main")
        assert "1.25 of 2 points" in text
        assert "Said to ben before." in text
        assert serious(page) == []


@needs_chromium
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_by_keyboard(server: str, graded: Course) -> None:
    with window() as page:
        page.goto(server)
        page.locator("main a").first.click()
        panel = page.locator(f'.rubric[data-for="{QUESTION}"]')
        panel.wait_for()
        panel.locator("h4").focus()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.type") == "radio"
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.value") == "0.25"
        assert "0.25 so far; 3 to judge" in panel.locator(".sum").inner_text()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert panel.locator("details").first.get_attribute("open") is not None


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_code_can_be_started_from_it_and_nobody_else_gets_in(server: str) -> None:
    base, token = server.split("/marking")[0], server.split("token=")[1]

    def status(path: str, data: bytes | None = None, authorised: bool = True) -> int:
        headers = {"Authorization": f"token {token}"} if authorised else {}
        try:
            with urllib.request.urlopen(urllib.request.Request(base + path, data, headers)) as answer:
                return 200 if "/login" not in answer.url else 403
        except urllib.error.HTTPError as error:
            return error.code

    assert status("/marking/hw2") == 200
    assert status("/formgrader/gradebook/hw2") == 200
    for path in ("/marking/hw2", "/formgrader/gradebook/hw2"):
        assert status(path, authorised=False) in (302, 403)
    assert status("/api/kernels", b'{"name": "python3"}') >= 400
    assert status("/api/terminals", b"{}") >= 400
    assert status("/tree") == status("/lab") == 404


def test_the_comment_bank_belongs_to_questions_and_can_be_read(repository: Course) -> None:
    bank = load_comments(repository, "hw2")
    assert bank.keys() - {"any"} <= load_rubric(repository, "hw2").keys()
    assert all(len(texts) == len(set(texts)) >= 3 for texts in bank.values())
    for text in (text for texts in bank.values() for text in texts):
        assert 'class="tex"' not in render_markdown(text)


def test_panels_offer_what_was_said_to_others(graded: Course) -> None:
    assert panels(graded, "hw2", "ada")[QUESTION].remembered == ("Said to ben before.",)
    assert panels(graded, "hw2", "ben")[QUESTION].remembered == ()
    assert panels(graded, "hw2")[QUESTION].bank[-1] == load_comments(graded, "hw2")["any"][-1]


def test_the_list_shows_one_graders_share(graded: Course) -> None:
    (graded.root / "graders.toml").write_text(f'[hw2]\n"*" = ["ana"]\n{QUESTION} = ["ben <b>"]\n')
    everything, share = left_page(graded, "hw2"), left_page(graded, "hw2", "ben <b>")
    assert "Backpropagation through time in an RNN" in everything
    assert "Backpropagation through time in an RNN" not in share
    assert "1 answer waits to be marked by ben &lt;b&gt;" in share
    assert everything.index("Gradients of one RNN step") < everything.index("Backpropagation through time in an RNN")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("rubric.toml", "[q", "is not TOML"),
        ("rubric.toml", "[q]\ntitle = 'T'", "needs title, points and lines"),
        ("comments.toml", "q = 'x'", "expected `q` to be a list of texts"),
    ],
)
def test_broken_files_are_named(course: Course, name: str, text: str, message: str) -> None:
    (course.twins("hw2") / name).write_text(text)
    load = load_rubric if name == "rubric.toml" else load_comments
    with pytest.raises(UsageError, match=re.escape(message)):
        load(course, "hw2")


def test_a_homework_without_a_rubric(course: Course) -> None:
    (course.twins("hw2") / "rubric.toml").unlink()
    assert load_rubric(course, "hw2") == {}


BAD = [
    (("mark", "hw9"), 2, "unknown homework 'hw9'"),
    (("mark", "hw2"), 2, "nothing has been graded"),
    (("mark", "hw2", "--port", "0"), 2, "--port"),
]


@pytest.mark.parametrize(("args", "code", "message"), BAD)
def test_bad_input(args: tuple[str, ...], code: int, message: str, course: Course, capsys, monkeypatch) -> None:
    got, out, err = run(capsys, monkeypatch, *args)
    assert got == code
    assert message in out + err
    assert "Traceback" not in out + err


def test_an_unknown_grader(graded: Course, capsys, monkeypatch) -> None:
    code, _, err = run(capsys, monkeypatch, "mark", "hw2", "--grader", "zoe", "--no-browser")
    assert (code, "zoe marks nothing of hw2; graders.toml has: nobody" in err) == (2, True)

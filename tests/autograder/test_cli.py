"""The command line on good and on bad input: one clear line, an exit code, never a traceback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder import cli
from autograder.course import Course

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*args: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["course", *args])
        try:
            cli.main()
            code = 0
        except SystemExit as error:
            code = int(error.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def one_line(text: str) -> str:
    """What was printed, with the terminal's line breaks undone."""
    return " ".join(text.split())


BAD = [
    (("release", "hw9"), 2, "unknown homework 'hw9'; this course has: "),
    (("grade", "hw9"), 2, "unknown homework 'hw9'"),
    (("grade", "hw2"), 2, "nobody has handed anything in: expected folders submitted/<student>/hw2/"),
    (("grade", "hw2", "--student", "ada"), 2, "ada has handed in nothing"),
    (("grade", "hw2", "--sandbox", "maybe"), 2, "unknown sandbox mode 'maybe'; choose one of full, partial, off"),
    (("grade", "hw2", "--profile", "huge"), 2, "hw2 has no profile 'huge'; choose one of smoke, full"),
    (("grade", "hw2", "--student"), 2, "requires an argument"),
    (("feedback", "hw2"), 2, "nothing has been graded: run `course grade hw2` first"),
    (("feedback", "hw2", "--student", "ada"), 2, "ada has not been graded"),
    (("demo", "--folder", "assignments"), 2, "exists and is not an earlier demo's; choose another folder"),
    (("nonsense",), 2, "No such command"),
]


@pytest.mark.parametrize(("args", "code", "message"), BAD)
def test_bad_input(args: tuple[str, ...], code: int, message: str, course: Course, run: Run) -> None:
    got, out, err = run(*args)
    assert got == code
    assert message in one_line(out + err)
    assert "Traceback" not in out + err


def test_outside_a_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run("grade", "hw2")
    assert code == 2
    assert "is not inside a course" in one_line(err)


def test_an_unknown_notebook_is_named(course: Course, submit: Callable[..., Path], run: Run) -> None:
    submit("ada", "3_rnn", {})
    code, _, err = run("grade", "hw2", "--notebook", "9_gpt")
    assert code == 2
    assert "hw2 has no notebook '9_gpt'; choose one of" in one_line(err)


def test_a_changed_release_is_not_graded_with(course: Course, submit: Callable[..., Path], run: Run) -> None:
    submit("ada", "3_rnn", {})
    path = course.release("hw2") / "3_rnn.ipynb"
    path.write_text(path.read_text().replace("check_rnn_forward(rnn_forward)", "check_rnn_forward(rnn_backward)"))
    code, _, err = run("grade", "hw2")
    assert code == 1
    assert "test_rnn_forward" in err
    assert "course release" in one_line(err)


def test_a_homework_that_was_never_released(course: Course, submit: Callable[..., Path], run: Run) -> None:
    submit("ada", "3_rnn", {})
    (course.root / "gradebook.db").unlink()
    code, _, err = run("grade", "hw2")
    assert code == 1
    assert "run `course release hw2`" in one_line(err)


@pytest.mark.sandbox
def test_the_json_says_it_all(course: Course, submit: Callable[..., Path], run: Run, tmp_path: Path) -> None:
    submit("ada", "3_rnn", {"derive_rnn_step_backward": "mine"})
    code, out, _ = run("grade", "hw2", "--notebook", "3_rnn", "--json", str(tmp_path / "results.json"))
    assert code == 0
    assert "ada" in out
    (ada,) = json.loads((tmp_path / "results.json").read_text())
    (notebook,) = ada["notebooks"]
    assert {"notebook", "score", "max_score", "status", "seconds", "cells", "notes"} <= notebook.keys()
    tests = [test for cell in notebook["cells"] for test in cell["tests"]]
    assert {"name", "passed", "points", "max_points", "message", "seconds"} == tests[0].keys()
    assert all(test["message"] and not test["passed"] for test in tests)
    assert sum(test["max_points"] for test in tests) == pytest.approx(10)


def test_release_tells_what_it_wrote(course: Course, run: Run) -> None:
    assert run("release", "hw2")[:2] == (0, "nothing changed\n")
    shutil.rmtree(course.release("hw2") / "figures")
    code, out, _ = run("release", "hw2")
    assert code == 0
    assert "wrote release/hw2/figures/rnn_step.svg" in out

"""What is seen of a run: a bar for people, lines for programs."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from autograder import progress
from autograder.course import Course
from autograder.grade import grade
from autograder.jobs import Outcome, Step
from autograder.options import Options
from autograder.policy import GradingPolicy
from autograder.pool import InProcess
from autograder.progress import Bar, Lines
from autograder.results import CellResult, NotebookResult, Status, SubmissionResult, TestResult
from autograder.warm import VARIABLE


def outcome(status: Status = Status.GRADED) -> Outcome:
    cell = CellResult("test_a", 2.0, (TestResult("works", True, 1.5, 2.0),))
    return Outcome("ada", "3_rnn", "k", "", NotebookResult("ada", "3_rnn", status, (cell,), seconds=2.5))


def test_lines_are_json_one_event_each() -> None:
    stream = io.StringIO()
    watch = Lines(stream)
    watch.begin(1, 2, "2 workers on this machine")
    watch.remark("kernels start afresh: because")
    watch.notebook(outcome())
    watch.submission(SubmissionResult("ada", (NotebookResult("ada", "3_rnn", Status.GRADED, score=1.5, max_score=2),)))
    watch.end()
    assert [json.loads(line) for line in stream.getvalue().splitlines()] == [
        {"event": "begin", "notebooks": 1, "known": 2, "where": "2 workers on this machine"},
        {"event": "remark", "text": "kernels start afresh: because"},
        {"event": "notebook", "student": "ada", "notebook": "3_rnn", "status": "graded", "points": 1.5, "seconds": 2.5},
        {"event": "submission", "student": "ada", "score": 1.5, "max_score": 2},
        {"event": "end"},
    ]


def test_lines_tell_the_cells_of_a_notebook_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, now = io.StringIO(), [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    watch = Lines(stream)
    for cell, moment in enumerate((0.0, 0.4, 1.2, 1.3, 9.0), start=1):
        now[0] = moment
        watch.step(Step("ada", "3_rnn", cell, 5, f"cell {cell}"))
    cells = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(entry["event"], entry["cell"], entry["name"]) for entry in cells] == [
        ("cell", 3, "cell 3"),
        ("cell", 5, "cell 5"),
    ]


def test_the_bar_names_the_cell_that_has_run_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, now = io.StringIO(), [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    watch = Bar(Console(file=stream, force_terminal=True, width=160))
    watch.begin(2, 0, "2 workers on this machine")
    watch.step(Step("ada", "1_transfer", 7, 30, "train_freeze"))
    now[0] = 60.0
    watch.step(Step("bob", "1_transfer", 2, 30, "imports"))
    watch._progress.refresh()
    assert "ada 1_transfer: 7/30 train_freeze 1:00" in stream.getvalue()
    assert "bob" not in stream.getvalue()
    stream.truncate(0)
    now[0] = 70.0
    watch.notebook(Outcome("ada", "1_transfer", "k", "", outcome().result))
    watch._progress.refresh()
    watch.end()
    assert "bob 1_transfer: 2/30 imports 0:10" in stream.getvalue()


def test_without_a_terminal_no_bar_is_drawn() -> None:
    stream = io.StringIO()
    watch = Bar(Console(file=stream, width=120))
    watch.begin(1, 0, "2 workers on this machine")
    watch.step(Step("ada", "3_rnn", 1, 5, "imports"))
    watch.notebook(outcome())
    watch.end()
    assert stream.getvalue() == "1 to grade, on 2 workers on this machine\n"


def test_the_bar_counts_and_names_failures() -> None:
    stream = io.StringIO()
    watch = Bar(Console(file=stream, force_terminal=True, width=120))
    watch.begin(2, 3, "2 workers on this machine")
    watch.notebook(outcome())
    watch.notebook(outcome(Status.NOT_GRADED))
    watch._progress.refresh()
    watch.end()
    shown = stream.getvalue()
    assert "3 notebooks are graded already and unchanged" in shown
    assert "2 to grade, on 2 workers on this machine" in shown
    assert "2/2" in shown
    assert "1 could not be graded" in shown


def test_a_bar_with_nothing_to_do_is_none() -> None:
    stream = io.StringIO()
    watch = Bar(Console(file=stream, force_terminal=True))
    watch.begin(0, 0, "2 workers on this machine")
    watch.end()
    assert "grading" not in stream.getvalue()


@pytest.mark.slow
def test_that_kernels_start_afresh_is_said_once(
    course: Course, submit: Callable[..., Path], solutions: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "fresh")
    for student in ("ada", "ben"):
        submit(student, "3_rnn", solutions["3_rnn"])
    policy = GradingPolicy(course, course.assignment("hw2"))
    scheduler = InProcess(policy.run(policy.records(), threads=1))
    stream = io.StringIO()
    results = grade(policy, Options(notebook="3_rnn"), Lines(stream), scheduler)
    scheduler.close()
    assert [result.score for result in results] == [10, 10]
    remarks = [line for line in stream.getvalue().splitlines() if '"remark"' in line]
    assert len(remarks) == 1
    assert f"kernels start afresh: {VARIABLE} asks for it" in remarks[0]

"""The full profile: what reaches the hidden tests, and what happens where some of its data cannot be had."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder import worker as module
from autograder.course import Course
from autograder.errors import GraderError
from autograder.grade import grade
from autograder.jobs import Job
from autograder.launching import require_data
from autograder.options import Options
from autograder.policy import GradingPolicy
from autograder.pool import InProcess
from autograder.results import NotebookResult, Status
from utils.data.store import CACHE_VARIABLE
from utils.settings import profile_of


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))


@pytest.mark.parametrize(
    ("notebook", "names"),
    [
        ("1_transfer_learning", ("hymenoptera", "resnet18")),
        ("2_style_transfer", ("styles", "squeezenet1_1")),
        ("5_image_captioning", ("coco_captioning",)),
        ("6_text_classification", ("sentiment", "glove_6b")),
    ],
)
def test_each_file_is_named_with_where_it_goes(nothing: None, notebook: str, names: tuple[str, ...]) -> None:
    with pytest.raises(GraderError) as raised:
        require_data(notebook, "full")
    for name in names:
        assert f"({name}) is not on this machine" in str(raised.value)
        assert f"course data fetch {name}" in str(raised.value)
    require_data(notebook, "smoke")


def test_notebooks_without_data_miss_nothing(nothing: None) -> None:
    require_data("3_rnn", "full")


@pytest.mark.real_data
def test_what_is_there_is_not_missed(real_data: Path) -> None:
    require_data("6_text_classification", "full")


@pytest.mark.sandbox
def test_it_costs_nobody_a_point_and_the_rest_is_graded(
    course: Course,
    submit: Callable[..., Path],
    solutions: dict[str, dict[str, str]],
    workers: Callable[[GradingPolicy], InProcess],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("3_rnn", "4_lstm"):
        submit("ada", name, solutions[name])

    def no_weights(notebook: str, profile: str) -> None:
        if notebook == "3_rnn":
            raise GraderError("no weights")

    monkeypatch.setattr(module, "require_data", no_weights)
    policy = GradingPolicy(course, course.assignment("hw2"))
    (result,) = grade(policy, Options(), scheduler=workers(policy))
    statuses = {notebook.notebook: notebook.status for notebook in result.notebooks}
    assert statuses == {"3_rnn": Status.NOT_GRADED, "4_lstm": Status.GRADED}
    assert "no weights" in result.notebooks[0].notes[0]
    monkeypatch.undo()
    monkeypatch.chdir(course.root)
    (again,) = grade(policy, Options(), scheduler=workers(policy))
    assert [notebook.status for notebook in again.notebooks] == [Status.GRADED, Status.GRADED]


def test_hidden_tests_are_of_the_runs_profile(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """They run in the grader, which may have been started with another profile, or none."""
    policy = GradingPolicy(course, course.assignment("hw2"), "full")
    seen = []

    def grade_notebook(*args: object) -> NotebookResult:
        seen.append(profile_of())
        return NotebookResult("ada", "3_rnn", Status.GRADED)

    monkeypatch.setattr(module, "grade_notebook", grade_notebook)
    workshop = module.Workshop(policy.run(policy.records(), threads=1))
    for before in (None, "smoke"):
        if before is not None:
            monkeypatch.setenv("COURSE_PROFILE", before)
        assert workshop.do(Job("ada", "3_rnn", "key", b"{}")).result.status is Status.GRADED
        assert os.environ.get("COURSE_PROFILE") == before
    workshop.close()
    assert seen == ["full", "full"]

"""Homework 0, from its hidden tests to grades: the same machinery as homework 2, with nothing wired to that one."""

from __future__ import annotations

import re
from functools import cache
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from bundle_folder import released_copy

from autograder import bank, inprocess, notebooks
from autograder.course import Course
from autograder.errors import GraderError, UsageError
from autograder.grade import grade
from autograder.policy import GradingPolicy
from autograder.results import Status, TestResult
from autograder.samples import fill_in, solutions_of
from autograder.testing import load_groups
from utils.checks import start
from utils.checks.table import CheckError

HOMEWORK, NOTEBOOK = "hw0", "0_start"
MUTANTS = bank.entries(HOMEWORK, "mutants")
RIGHT = bank.entries(HOMEWORK, "right")
CHECKS = {"squared_distances": start.check_squared_distances, "nearest": start.check_nearest}


@cache
def graded(entry: bank.Entry) -> dict[str, list[TestResult]]:
    return bank.grade(HOMEWORK, NOTEBOOK, entry.source)


# The hidden tests


def test_there_are_banks() -> None:
    assert len(MUTANTS) >= 20
    assert len(RIGHT) >= 5


@pytest.mark.parametrize("entry", MUTANTS, ids=str)
def test_a_mutant_loses_what_is_wrong_and_is_told(entry: bank.Entry) -> None:
    results = graded(entry)
    losing = {name for name, tests in results.items() if not all(test.passed for test in tests)}
    assert losing == set(entry.loses), entry.about
    messages = [test.message for test in results[entry.loses[0]] if not test.passed]
    assert re.search(entry.message, "\n".join(messages), re.IGNORECASE), messages
    assert not [message for message in messages if "\n" in message or len(message) > 400]


@pytest.mark.parametrize("entry", RIGHT, ids=str)
def test_what_is_right_gets_every_point(entry: bank.Entry) -> None:
    assert not [test.message for tests in graded(entry).values() for test in tests if not test.passed], entry.about


def test_every_hidden_test_is_failed_by_some_mutant() -> None:
    groups = bank.groups(HOMEWORK, NOTEBOOK)
    assert set(groups) == set(CHECKS)
    asked = {(name, test.name) for name, (group, _) in groups.items() for test in group.tests}
    for entry in MUTANTS:
        asked -= {(name, test.name) for name, tests in graded(entry).items() for test in tests if not test.passed}
    assert not asked


@pytest.mark.parametrize("seed", range(5))
def test_the_courses_solution_is_right_with_any_seed(seed: int) -> None:
    assert all(test.passed for tests in bank.grade(HOMEWORK, NOTEBOOK, seed=seed).values() for test in tests)


def test_a_wrong_first_function_costs_the_second_nothing() -> None:
    source = "def squared_distances(x, y):\n    return -((1.0 * x[:, None] - 1.0 * y) ** 2).sum(axis=2)"
    results = bank.grade(HOMEWORK, NOTEBOOK, source)
    assert sum(test.points for test in results["nearest"]) == pytest.approx(2)
    assert sum(test.points for test in results["squared_distances"]) == 0


# The visible checks


@pytest.mark.parametrize(
    "entry", [e for e in MUTANTS if e.path.stem not in {"diagonal_left_out", "two_rows_needed"}], ids=str
)
def test_a_visible_check_stops_a_mutant(entry: bank.Entry) -> None:
    """Two mistakes show only on arrays of other sizes: those are what the hidden tests are for."""
    namespace = bank.namespace(HOMEWORK, NOTEBOOK, entry.source)
    with pytest.raises(CheckError) as caught:
        CHECKS[entry.loses[0]](namespace[entry.loses[0]])
    assert str(caught.value).startswith(entry.loses[0])


@pytest.mark.parametrize("entry", RIGHT, ids=str)
def test_the_visible_checks_let_pass_what_is_right(entry: bank.Entry) -> None:
    namespace = bank.namespace(HOMEWORK, NOTEBOOK, entry.source)
    for name, check in CHECKS.items():
        check(namespace[name])


def test_the_numbers_of_the_checks_are_right() -> None:
    distances = [[np.sum((a - b) ** 2) for b in start._Y] for a in start._X]
    assert np.array_equal(distances, start._DISTANCES)
    assert np.array_equal(np.argmin(distances, axis=1), start._NEAREST)


@pytest.mark.slow
def test_this_environment_is_fit(capsys: pytest.CaptureFixture[str]) -> None:
    start.check_environment()
    said = capsys.readouterr().out
    assert "torch works" in said
    assert "wrong" not in said


def test_a_missing_and_an_old_package_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.version

    def version(name: str) -> str:
        if name == "h5py":
            raise metadata.PackageNotFoundError(name)
        return "1.26.4" if name == "numpy" else real(name)

    monkeypatch.setattr(start.metadata, "version", version)
    with pytest.raises(CheckError) as caught:
        start.check_environment()
    assert "numpy: expected 2.0 or newer, got 1.26.4: install the packages of requirements.txt again" in str(
        caught.value
    )
    assert "h5py: not installed for the Python of this notebook, " in str(caught.value)


def test_a_torch_that_does_not_work_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        raise OSError("undefined symbol: _ZN3c10\nand more")

    monkeypatch.setattr(start.importlib, "import_module", broken)
    with pytest.raises(
        CheckError, match="torch works: OSError: undefined symbol: _ZN3c10: install torch and torchvision"
    ):
        start.check_environment()


def test_the_oldest_versions_are_those_of_the_project(repository: Course) -> None:
    project = (repository.root / "pyproject.toml").read_text(encoding="utf-8")
    for name, oldest in start.OLDEST.items():
        assert f'"{name}>={oldest}"' in project
    assert f'requires-python = ">={".".join(map(str, start.OLDEST_PYTHON))}"' in project


# Which homework a notebook belongs to


def test_hidden_tests_are_found_in_their_own_homework(repository: Course, tmp_path: Path) -> None:
    assert inprocess._find(repository, "nearest", "hw0")[0] == "hw0"
    assert inprocess._find(repository, "rnn_forward", "hw2")[0] == "hw2"
    assert inprocess._find(repository, "nearest", None)[0] == "hw0"
    with pytest.raises(UsageError, match=r"no hidden tests called 'nearest'; there are: .*rnn_forward"):
        inprocess._find(repository, "nearest", "hw2")
    assert inprocess._homework_of(repository.source("hw0"), repository) == "hw0"
    assert inprocess._homework_of(tmp_path, repository) is None


def test_a_name_that_two_homeworks_have_is_refused(repository: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inprocess, "load_groups", lambda homework: load_groups("hw0"))
    with pytest.raises(GraderError, match="hw0 and hw2 both have hidden tests called 'nearest'"):
        inprocess._find(repository, "nearest", None)


def test_the_groups_of_the_homeworks_do_not_mix() -> None:
    assert set(load_groups("hw0")) == set(CHECKS)
    assert not set(load_groups("hw0")) & set(load_groups("hw2"))


# The whole road


@pytest.mark.slow
def test_from_the_release_to_grades(repository: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = released_copy(repository, tmp_path, HOMEWORK)
    monkeypatch.chdir(course.root)
    right = solutions_of(course, HOMEWORK, NOTEBOOK)
    wrong = right | {"nearest": "def nearest(x, y):\n    return squared_distances(x, y).argmax(axis=1)"}
    for student, answers in {"ada": right, "bob": wrong, "eve": {}}.items():
        notebooks.write(
            fill_in(course, HOMEWORK, NOTEBOOK, answers), course.submitted(student, HOMEWORK) / f"{NOTEBOOK}.ipynb"
        )
    results = {r.student: r for r in grade(GradingPolicy(course, course.assignment(HOMEWORK)))}
    assert {name: (r.score, r.max_score) for name, r in results.items()} == {
        "ada": (5, 5),
        "bob": (pytest.approx(3.2), 5),
        "eve": (0, 5),
    }
    assert {n.status for r in results.values() for n in r.notebooks} == {Status.GRADED}

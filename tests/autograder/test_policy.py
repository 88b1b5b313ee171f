"""assignment.toml: what is in it, what is refused, and what lateness costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.assignment import LateRule, load_assignment
from autograder.course import Course
from autograder.errors import UsageError
from autograder.policy import GradingPolicy


def test_the_policy_of_homework_2(repository: Course) -> None:
    assignment = repository.assignment("hw2")
    assert [notebook.name for notebook in assignment.notebooks] == sorted(n.name for n in assignment.notebooks)
    assert assignment.limits("smoke").cell_seconds <= assignment.limits("full").cell_seconds


@pytest.mark.parametrize(
    ("hours", "penalty"),
    [(-1, 0), (0, 0), (0.1, 0), (0.2, 2), (23.9, 2), (24.5, 4), (24 * 9, 10)],
)
def test_late_penalty(hours: float, penalty: float) -> None:
    rule = LateRule(grace_minutes=10, percent_per_day=10, max_percent=50)
    assert rule.penalty(20, hours * 3600) == pytest.approx(penalty)


BROKEN = [
    ("due = 2027-02-26T23:59:00-05:00", "due = 2027-02-26", "date with time and zone"),
    ("points = 15", 'points = "15"', "expected `points` to be of type float, got '15'"),
    ("points = 15", "points = 15\nponits = 3", "unknown field `ponits`"),
    ("seed = 498", "", "expected `seed` to be a int, got None"),
    ("grace_minutes = 10", "", "expected `grace_minutes` to be of type float, got None"),
    ("[late]", "[late", "is not TOML"),
]


@pytest.mark.parametrize(("old", "new", "message"), BROKEN)
def test_a_broken_policy_is_refused_by_name(
    old: str, new: str, message: str, repository: Course, tmp_path: Path
) -> None:
    text = (repository.twins("hw2") / "assignment.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "assignment.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_assignment(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(("profile", "sandbox"), [("tiny", "full"), ("smoke", "none")])
def test_unknown_choices_are_refused(profile: str, sandbox: str, repository: Course) -> None:
    with pytest.raises(UsageError, match="choose one of"):
        GradingPolicy(repository, repository.assignment("hw2"), profile, sandbox)


def test_unknown_homework_lists_the_known(repository: Course) -> None:
    with pytest.raises(UsageError, match=r"unknown homework 'hw9'; this course has: .*hw2"):
        repository.assignment("hw9")

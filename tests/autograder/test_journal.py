"""The journal: whole entries only, and none that counts after something has changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograder import journal as module
from autograder.course import Course
from autograder.jobs import Job, Outcome, Run
from autograder.journal import Journal, base_of, key_of
from autograder.policy import GradingPolicy
from autograder.results import NotebookResult, Status


@pytest.fixture(scope="module")
def run(released: Course) -> Run:
    policy = GradingPolicy(released, released.assignment("hw2"))
    return policy.run(policy.records(), threads=1)


def outcome(key: str = "k", seconds: float = 2.0, student: str = "ada") -> Outcome:
    result = NotebookResult(student, "3_rnn", Status.GRADED, seconds=seconds)
    return Outcome(student, "3_rnn", key, '{"cells": []}\n', result)


def test_what_is_noted_is_found_under_its_key_only(tmp_path: Path) -> None:
    journal = Journal(Course(tmp_path), "hw2")
    journal.note(outcome("one"))
    assert journal.find(Job("ada", "3_rnn", "one")) == outcome("one")
    assert journal.find(Job("ada", "3_rnn", "two")) is None
    assert journal.find(Job("ben", "3_rnn", "one")) is None


def test_students_of_any_name_have_entries_of_their_own(tmp_path: Path) -> None:
    journal = Journal(Course(tmp_path), "hw2")
    names = ["ada", "../ada", "a/da", "Ada", "ädä", ".ada", "ada.json"]
    for name in names:
        journal.note(outcome(f"key of {name}", student=name))
    for name in names:
        assert journal.find(Job(name, "3_rnn", f"key of {name}")) == outcome(f"key of {name}", student=name)
    assert not list(tmp_path.parent.glob("ada*"))


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00", '{"key": "k"}\n', "null\n{}"])
def test_a_damaged_entry_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    journal = Journal(Course(tmp_path), "hw2")
    journal.note(outcome())
    (path,) = tmp_path.rglob("3_rnn.json")
    path.write_text(text, encoding="utf-8")
    assert journal.find(Job("ada", "3_rnn", "k")) is None
    journal.seconds()


def test_the_time_that_notebooks_take(tmp_path: Path) -> None:
    journal = Journal(Course(tmp_path), "hw2")
    for number, seconds in enumerate((1.0, 5.0, 9.0)):
        journal.note(outcome(seconds=seconds, student=f"s{number}"))
    seconds = journal.seconds()
    assert seconds["s0", "3_rnn"] == 1.0
    assert seconds["", "3_rnn"] == 5.0


def test_the_key_changes_with_all_that_decides_a_grade(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def key(run: Run = run, content: bytes = b"{}", refused: str = "", siblings: dict | None = None) -> str:
        return key_of(base_of(run, "3_rnn"), content, refused, siblings or {})

    assert key() == key()
    record = run.kinds["3_rnn"].record
    fewer = replace(record, cells=record.cells[:-1])
    variants = [
        key(content=b"{ }"),
        key(refused="too large"),
        key(siblings={"4_lstm": (b"{}", "")}),
        key(siblings={"4_lstm": (b"{ }", "")}),
        key(replace(run, seed=run.seed + 1)),
        key(replace(run, profile="full")),
        key(replace(run, limits=replace(run.limits, call_seconds=99))),
        key(replace(run, course_code={})),
        key(replace(run, kinds={**run.kinds, "3_rnn": replace(run.kinds["3_rnn"], record=fewer)})),
    ]
    monkeypatch.setattr(module, "grader_version", lambda homework: "another")
    variants.append(key())
    assert len({key(), *variants}) == len(variants)  # the last variant is what `key()` now gives
    assert len(set(variants)) == len(variants)


def test_how_many_at_a_time_does_not_matter_for_the_key(run: Run) -> None:
    assert base_of(run, "3_rnn") == base_of(replace(run, threads=8), "3_rnn")

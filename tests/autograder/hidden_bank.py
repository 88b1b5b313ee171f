"""What the tests of the hidden tests share: a notebook's bank of solutions, and what is expected of each file in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from autograder import bank
from autograder.results import TestResult

SEED = 498
Results = dict[str, list[TestResult]]


def files(notebook: str, kind: str) -> list[bank.Entry]:
    """The files of one kind, ``mutants`` or ``right``, of a notebook of homework 2."""
    return [entry for entry in bank.entries("hw2", kind) if entry.notebook == notebook]


def named(entries: Iterable[bank.Entry], name: str) -> bank.Entry:
    """The file of that name."""
    return next(entry for entry in entries if entry.path.stem == name)


def failed(results: Results) -> Results:
    """The tests that failed, of the groups where any did."""
    lost = {name: [test for test in tests if not test.passed] for name, tests in results.items()}
    return {name: tests for name, tests in lost.items() if tests}


def assert_loses_what_is_wrong(entry: bank.Entry, results: Results) -> None:
    """A mutant loses points in its own groups and no others, and is told why in one short line."""
    lost = failed(results)
    assert set(lost) == set(entry.loses), lost
    messages = "\n".join(test.message for test in lost[entry.loses[0]])
    assert re.search(entry.message, messages, re.IGNORECASE), messages
    assert all("\n" not in test.message and len(test.message) <= 400 for tests in lost.values() for test in tests)


def never_failed(
    notebook: str, groups: Iterable[str], mutants: Iterable[bank.Entry], graded: Callable[[bank.Entry], Results]
) -> set[tuple[str, str]]:
    """The tests of some groups that no mutant fails: points for nothing."""
    known = bank.groups("hw2", notebook)
    asked = {(name, test.name) for name in groups for test in known[name][0].tests}
    for entry in mutants:
        asked -= {(name, test.name) for name, tests in failed(graded(entry)).items() for test in tests}
    return asked

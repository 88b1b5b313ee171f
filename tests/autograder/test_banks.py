"""Wrong solutions lose what is wrong and no more; right ones that look different lose nothing."""

import re
from functools import cache

import pytest

from autograder import bank
from autograder.errors import UsageError
from autograder.results import TestResult

SEED = 498
NOTEBOOKS = ("3_rnn", "4_lstm")
"""Those whose functions stand for themselves; the banks of the others need data and models, and are judged in tests of
their own (`test_text_hidden` and its like)."""
MUTANTS = [entry for entry in bank.entries("hw2", "mutants") if entry.notebook in NOTEBOOKS]
RIGHT = [entry for entry in bank.entries("hw2", "right") if entry.notebook in NOTEBOOKS]


@cache
def graded(entry: bank.Entry) -> dict[str, list[TestResult]]:
    return bank.grade(entry.homework, entry.notebook, entry.source, seed=SEED)


def losing(results: dict[str, list[TestResult]]) -> set[str]:
    return {name for name, tests in results.items() if not all(test.passed for test in tests)}


def test_the_banks_are_not_small():
    assert len(MUTANTS) >= 60
    assert len(RIGHT) >= 15


@pytest.mark.parametrize("entry", MUTANTS, ids=str)
def test_mutant_loses_what_is_wrong_and_no_more(entry):
    assert losing(graded(entry)) == set(entry.loses), entry.about


@pytest.mark.parametrize("entry", MUTANTS, ids=str)
def test_mutant_is_told_what_is_wrong(entry):
    messages = [test.message for test in graded(entry)[entry.loses[0]] if not test.passed]
    assert re.search(entry.message, "\n".join(messages), re.IGNORECASE), messages


@pytest.mark.parametrize("entry", RIGHT, ids=str)
def test_right_solution_gets_every_point(entry):
    messages = [test.message for tests in graded(entry).values() for test in tests if not test.passed]
    assert not messages, entry.about


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_every_hidden_test_is_failed_by_some_mutant(notebook):
    """A test that nothing fails would be points for nothing."""
    asked = {(name, test.name) for name, (group, _) in bank.groups("hw2", notebook).items() for test in group.tests}
    for entry in MUTANTS:
        if entry.notebook == notebook:
            asked -= {(name, t.name) for name, tests in graded(entry).items() for t in tests if not t.passed}
    assert not asked


def test_messages_are_one_short_line():
    messages = {test.message for entry in MUTANTS for tests in graded(entry).values() for test in tests}
    assert not [message for message in messages if "\n" in message or len(message) > 400]


def test_a_wrong_gradient_costs_its_own_test_only():
    entry = next(entry for entry in MUTANTS if entry.path.stem == "db_not_summed" and entry.notebook == "3_rnn")
    failed = [test for test in graded(entry)["rnn_step_backward"] if not test.passed]
    assert [test.name for test in failed] == ["gradient db"]
    assert failed[0].max_points < 0.2 * 3


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("# loses: rnn_forward\n# message: x\n", "docstring"),
        ('"""Wrong."""\n', "needs `# loses:`"),
        ('"""Wrong."""\n# loses: rnn_forward\n', "needs `# loses:`"),
    ],
)
def test_a_file_that_is_not_as_the_readme_asks(tmp_path, text, complaint):
    path = tmp_path / "hw2" / "3_rnn" / "mutants" / "it.py"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(UsageError, match=complaint):
        bank.read(path)

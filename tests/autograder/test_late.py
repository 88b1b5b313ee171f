"""The late policy: rounding, grace, cap, free days of the term, extensions, and what reaches nbgrader's gradebook."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties
from small_course import call, mark, record_scores, small_course

from autograder.assignment import Assignment, LateRule, load_assignment
from autograder.course import Course
from autograder.errors import UsageError
from autograder.late import HandIn, Lateness, Term, charge, find_hand_in, read_extensions, sync_policy
from autograder.steps import LateRulePlugin

Extensions = dict[tuple[str, str], timedelta]
DAY, MINUTE = 86400, 60
ZONE = timezone(timedelta(hours=-5))
DUE = {"hw1": datetime(2027, 2, 12, 23, 59, tzinfo=ZONE), "hw2": datetime(2027, 2, 26, 23, 59, tzinfo=ZONE)}


def homework(name: str, rule: LateRule) -> Assignment:
    return Assignment(name, name, 1, DUE[name], rule, (), {})


def term(free: int = 0, extensions: Extensions | None = None) -> Term:
    rule = LateRule(10, 10, 50, free)
    return Term((homework("hw1", rule), homework("hw2", rule)), extensions)


def late(
    free: int = 0, extensions: dict[tuple[str, str], timedelta] | None = None, **days: float
) -> dict[str, Lateness]:
    """The account of somebody who is so many days late with each homework."""
    handed_in = {name: HandIn(DUE[name] + timedelta(days=count)) for name, count in days.items()}
    return term(free, extensions).account("ada", handed_in)


@pytest.mark.parametrize(
    ("seconds", "days"),
    [
        (-5, 0),
        (0, 0),
        (10 * MINUTE, 0),
        (10 * MINUTE + 1, 1),
        (DAY + 10 * MINUTE, 1),
        (DAY + 10 * MINUTE + 1, 2),
        (7 * DAY, 7),
    ],
)
def test_a_day_begins_when_the_grace_is_over(seconds: float, days: int) -> None:
    assert LateRule(10, 10, 50).days(seconds) == days


@pytest.mark.parametrize(
    ("days", "left", "spent"),
    [
        (0, 3, 0),
        (2, 3, 2),
        (4, 3, 3),
        (7, 3, 3),  # 70 % is capped at 50; three days bring it to 40
        (8, 3, 0),  # five days cost what eight do: the free days stay for another homework
        (9, 5, 5),
        (3, 0, 0),
    ],
)
def test_free_days_are_spent_where_they_lower_the_cost(days: int, left: int, spent: int) -> None:
    assert LateRule(10, 10, 50, 3).free_days(days, left) == spent


def test_nothing_is_spent_where_lateness_costs_nothing() -> None:
    assert LateRule(10, 0, 50, 3).free_days(2, 3) == 0


RULES = st.builds(
    LateRule,
    grace_minutes=st.floats(0, 120),
    percent_per_day=st.floats(0, 100),
    max_percent=st.floats(0, 100),
    free_days_per_term=st.integers(0, 10),
)


@given(RULES, st.floats(0, 1000), st.floats(-DAY, 30 * DAY), st.integers(0, 10))
def test_a_penalty_is_between_nothing_and_the_cap(rule: LateRule, score: float, seconds: float, left: int) -> None:
    penalty = rule.penalty(score, seconds, left)
    assert 0 <= penalty <= score
    assert penalty <= score * rule.max_percent / 100 + 1e-4
    assert penalty == round(penalty, 4) or penalty == score


@given(RULES, st.floats(0, 100), st.floats(0, 30 * DAY), st.floats(0, 30 * DAY), st.integers(0, 10))
def test_later_never_costs_less(rule: LateRule, score: float, one: float, other: float, left: int) -> None:
    assert rule.penalty(score, min(one, other), left) <= rule.penalty(score, max(one, other), left)


@given(RULES, st.integers(0, 40), st.integers(0, 10))
def test_a_free_day_is_never_wasted(rule: LateRule, days: int, left: int) -> None:
    spent = rule.free_days(days, left)
    assert 0 <= spent <= min(days, left)
    assert rule.percent(days - spent) == rule.percent(days - min(days, left))
    assert spent == 0 or rule.percent(days - spent + 1) > rule.percent(days - spent)


@given(st.integers(0, 5), st.floats(-3, 12), st.floats(-3, 12))
def test_the_budget_is_the_terms(free: int, first: float, second: float) -> None:
    account = late(free, hw1=first, hw2=second)
    assert account["hw1"].free_days + account["hw2"].free_days <= free
    assert account["hw2"].free_days_left == free - account["hw1"].free_days - account["hw2"].free_days
    # What is due earlier draws first, whatever comes later.
    assert account["hw1"] == late(free, hw1=first)["hw1"]


@given(st.floats(0, 20), st.floats(0, 20), st.integers(0, 3))
def test_an_extension_never_costs(days: float, extension: float, free: int) -> None:
    without = late(free, {}, hw2=days)["hw2"]
    granted = late(free, {("ada", "hw2"): timedelta(days=extension)}, hw2=days)["hw2"]
    assert granted.percent <= without.percent


def test_an_account_of_a_term() -> None:
    account = late(3, hw1=1.5, hw2=2.5)
    assert [(e.days, e.free_days, e.free_days_left, e.percent) for e in account.values()] == [
        (2, 2, 1, 0),
        (3, 1, 0, 20),
    ]
    assert account["hw2"].penalty(15) == 3


def test_what_was_not_handed_in_is_not_late() -> None:
    account = late(3, hw2=0.5)
    assert (account["hw1"].days, account["hw1"].submitted, account["hw2"].free_days) == (0, None, 1)


def test_an_extension_for_one_homework_counts_before_one_for_all() -> None:
    extensions = {("ada", "*"): timedelta(days=2), ("ada", "hw2"): timedelta(days=1)}
    account = late(0, extensions, hw1=1.9, hw2=1.9)
    assert (account["hw1"].days, account["hw2"].days) == (0, 1)


HEAD = "student,homework,days,until\n"


def extensions_of(tmp_path: Path, text: str) -> Extensions | None:
    path = tmp_path / "extensions.csv"
    path.write_text(text, encoding="utf-8")
    rule = LateRule(10, 10, 50)
    return read_extensions(path, [homework("hw1", rule), homework("hw2", rule)])


def test_extensions_are_read(tmp_path: Path) -> None:
    read = extensions_of(
        tmp_path,
        f"{HEAD}ada,hw2,1.5,\nbob,hw2,,2027-02-28\neve,hw2,,2027-02-27 12:00\n"
        "kim,hw2,,2027-02-27T23:59+00:00\nada,*,1,\n",
    )
    assert read == {
        ("ada", "hw2"): timedelta(hours=36),
        ("bob", "hw2"): timedelta(days=2, seconds=59),
        ("eve", "hw2"): timedelta(hours=12, minutes=1),
        ("kim", "hw2"): timedelta(hours=19),
        ("ada", "*"): timedelta(days=1),
    }


def test_a_german_spreadsheet_is_read_too(tmp_path: Path) -> None:
    assert extensions_of(tmp_path, "\ufeffStudent ID;Assignment;Days\r\nada;hw1;2\r\n") == {
        ("ada", "hw1"): timedelta(days=2)
    }


BROKEN = [
    ("student,days\nada,1\n", "expected the columns student, homework, and days or until; got student, days"),
    (f"{HEAD}ada,hw9,1,\n", "line 2: unknown homework 'hw9'; expected hw1, hw2, or * for all"),
    (f"{HEAD},hw2,1,\n", "line 2: no student is named"),
    (f"{HEAD}ada,hw2,-1,\n", "line 2: expected days between 0 and 366, got '-1'"),
    (f"{HEAD}ada,hw2,nan,\n", "expected days between 0 and 366, got 'nan'"),
    (f"{HEAD}ada,hw2,soon,\n", "expected days between 0 and 366, got 'soon'"),
    (f"{HEAD}ada,hw2,,\n", "expected either days or until, got neither"),
    (f"{HEAD}ada,hw2,1,2027-03-01\n", "expected either days or until, got both"),
    (f"{HEAD}ada,*,,2027-03-01\n", "an extension for all homeworks needs days"),
    (f"{HEAD}ada,hw2,,2027-02-01\n", "until 2027-02-01 is before the due date"),
    (f"{HEAD}ada,hw2,,next week\n", "expected a time like 2027-03-01 or 2027-03-01 18:00, got 'next week'"),
    (f"{HEAD}ada,hw2,1,\nada,hw2,2,\n", "line 3: ada has an extension for hw2 in an earlier line already"),
    (f"{HEAD}ada,hw2,1,,,x\n", "line 2: 6 cells, but there are 4 column names"),
    ("", "is empty: expected a line of column names first"),
    (f'{HEAD}"ada,hw2\n', "not CSV"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_broken_extensions_are_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        extensions_of(tmp_path, text)
    assert message in str(caught.value)
    assert str(tmp_path / "extensions.csv") in str(caught.value)


@pytest.mark.parametrize("line", ["percent_per_day = 120", "grace_minutes = -1", "max_percent = nan"])
def test_a_rule_outside_of_reason_is_refused(line: str, tmp_path: Path) -> None:
    path = small_course(tmp_path / "course").root / "assignments" / "hw2" / "assignment.toml"
    name = line.split(" = ")[0]
    lines = [line if text.startswith(name) else text for text in path.read_text().splitlines()]
    path.write_text("\n".join(lines))
    with pytest.raises(UsageError, match=rf"\[late\]: expected `{name}` to be between"):
        load_assignment(path)


def stamp(name: str, **late: float) -> str:
    return (DUE[name] + timedelta(**late)).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S +0000")


@pytest.fixture
def graded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """Two free days; ada is a day late with the first homework and two with the second, bob half a day with that."""
    course = small_course(tmp_path / "course", free=2)
    monkeypatch.chdir(course.root)
    record_scores(course, "hw1", "ada", {"1_warm_up": 10}, stamp("hw1", hours=20))
    record_scores(course, "hw2", "ada", {"3_rnn": 15, "4_lstm": 7.77}, stamp("hw2", hours=40))
    record_scores(course, "hw2", "bob", {"3_rnn": 15, "4_lstm": 7.77}, stamp("hw2", hours=10))
    for name in ("hw1", "hw2"):
        sync_policy(course, name)
    return course


def penalties(course: Course, student: str) -> list[float | None]:
    with Gradebook(course.gradebook_url) as book:
        entry = book.find_submission("hw2", student)
        return [n.late_submission_penalty for n in sorted(entry.notebooks, key=lambda notebook: str(notebook.name))]


def ask_nbgrader(course: Course, student: str) -> None:
    """What nbgrader does with each notebook after saving its scores."""
    step = AssignLatePenalties(plugin_class=LateRulePlugin)
    step.log.disabled = True
    for name in ("3_rnn", "4_lstm"):
        names = {"notebook": name, "assignment": "hw2", "student": student, "db_url": course.gradebook_url}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(LateRulePlugin, "homework", "hw2")
            step.preprocess(new_notebook(), {"nbgrader": names})


def test_nbgraders_step_charges_by_the_rule(graded: Course) -> None:
    for student in ("ada", "bob"):
        ask_nbgrader(graded, student)
    # Ada spent one of two free days on hw1, so one of her two days is left to pay: 10 % of 7.77 and of 15.
    assert penalties(graded, "ada") == [1.5, 0.777]
    assert penalties(graded, "bob") == [None, None]


def test_the_order_of_grading_does_not_matter(graded: Course) -> None:
    with Gradebook(graded.gradebook_url) as book:
        book.remove_submission("hw1", "ada")
    folder = graded.submitted("ada", "hw1")
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").write_text(stamp("hw1", hours=20))
    (entry,) = [entry for entry in charge(graded, "hw2") if entry.student == "ada"]
    assert (entry.free_days, entry.percent) == (1, 10)
    with Gradebook(graded.gradebook_url) as book:
        assert find_hand_in(graded, book, "eve", "hw1") == HandIn()


def test_points_marked_later_are_charged_too(graded: Course) -> None:
    charge(graded, "hw2")
    mark(graded, "hw2", "ada", "4_lstm", 4)
    assert penalties(graded, "ada") == [1.5, 0.777]
    charge(graded, "hw2")
    assert penalties(graded, "ada") == [1.5, 1.177]


def test_an_extension_reaches_the_gradebook_and_goes_again(graded: Course) -> None:
    file = graded.root / "extensions.csv"
    file.write_text("student,homework,days\nada,hw2,2\n")
    sync_policy(graded, "hw2")
    ask_nbgrader(graded, "ada")
    assert penalties(graded, "ada") == [None, None]
    with Gradebook(graded.gradebook_url) as book:
        assert book.find_submission("hw2", "ada").total_seconds_late == 0
    file.write_text("student,homework,days\n")
    sync_policy(graded, "hw2")
    ask_nbgrader(graded, "ada")
    assert penalties(graded, "ada") == [1.5, 0.777]


def test_without_a_file_nbgraders_own_extensions_hold(graded: Course) -> None:
    with Gradebook(graded.gradebook_url) as book:
        book.grant_extension("hw2", "ada", days=2)
    sync_policy(graded, "hw2")
    assert [entry.days for entry in charge(graded, "hw2") if entry.student == "ada"] == [0]


def test_the_command_shows_and_charges(graded: Course) -> None:
    code, said = call("late", "hw2", "--dry-run")
    assert code == 0
    assert "2 submissions, 1 of them cost points" in said
    assert penalties(graded, "ada") == [None, None]
    (graded.root / "extensions.csv").write_text("student,homework,days\nzoe,hw2,2\n")
    code, said = call("late", "hw2", "--all")
    assert code == 0
    assert "extensions.csv names people without a graded submission: zoe" in said
    assert penalties(graded, "ada") == [1.5, 0.777]


def test_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = small_course(tmp_path / "course")
    monkeypatch.chdir(course.root)
    assert call("late", "hw9") == (2, "course: unknown homework 'hw9'; this course has: hw1, hw2")
    code, said = call("late", "hw2")
    assert code == 2
    assert "there is no gradebook" in said
    assert not (course.root / "gradebook.db").exists()
    (course.root / "gradebook.db").write_bytes(b"not a database, but long enough to be taken for one" * 100)
    code, said = call("late", "hw2")
    assert code == 1
    assert "gradebook.db cannot be used (file is not a database)" in said
    (course.root / "extensions.csv").write_text("a,b\n1,2\n")
    code, said = call("late", "hw2")
    assert code == 2
    assert "expected the columns student, homework, and days or until" in said

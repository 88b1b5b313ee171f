"""What is written into the gradebook: what nbgrader itself would write, whole or not at all."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from autograder import recording
from autograder.course import Course
from autograder.errors import GraderError
from autograder.grade import grade
from autograder.jobs import Job, Outcome
from autograder.options import Options
from autograder.policy import GradingPolicy
from autograder.recording import Recorder
from autograder.results import Status
from autograder.samples import make_samples

Grade = Callable[..., dict]


def everything(course: Course) -> dict[str, list[tuple[Any, ...]]]:
    """What the gradebook says of submissions, in an order of its own; row numbers and the like left out."""
    queries = {
        "submissions": """select student_id, timestamp, extension from submitted_assignment order by student_id""",
        "notebooks": """select s.student_id, n.name, m.late_submission_penalty from submitted_notebook m
            join notebook n on n.id = m.notebook_id join submitted_assignment s on s.id = m.assignment_id
            order by s.student_id, n.name""",
        "grades": """select s.student_id, n.name, c.name, g.auto_score, g.manual_score, g.extra_credit,
            g.needs_manual_grade from grade g join base_cell c on c.id = g.cell_id
            join submitted_notebook m on m.id = g.notebook_id join notebook n on n.id = m.notebook_id
            join submitted_assignment s on s.id = m.assignment_id order by s.student_id, n.name, c.name""",
        "comments": """select s.student_id, n.name, c.name, k.auto_comment, k.manual_comment from comment k
            join base_cell c on c.id = k.cell_id join submitted_notebook m on m.id = k.notebook_id
            join notebook n on n.id = m.notebook_id join submitted_assignment s on s.id = m.assignment_id
            order by s.student_id, n.name, c.name""",
    }
    with sqlite3.connect(course.root / "gradebook.db") as database:
        return {name: database.execute(query).fetchall() for name, query in queries.items()}


@pytest.mark.slow
def test_nbgrader_itself_would_write_the_same(course: Course, grade: Grade) -> None:
    samples = make_samples(course, "hw2")
    for name in ("endless", "crashing"):
        shutil.rmtree(course.root / "submitted" / name)
    (course.submitted("late", "hw2") / "4_lstm.ipynb").unlink()
    (course.submitted("right", "hw2") / "notes.txt").write_text("mine", encoding="utf-8")
    grade()
    ours = everything(course)
    files = {str(path.relative_to(course.root)) for path in (course.root / "autograded").rglob("*")}
    assert len(ours["submissions"]) == len(samples) - 2
    assert any(penalty for *_, penalty in ours["notebooks"])
    shutil.rmtree(course.root / "autograded")
    with Gradebook(course.gradebook_url) as gradebook:
        for student in course.students("hw2"):
            gradebook.remove_submission("hw2", student)
    command = [sys.executable, "-m", "nbgrader", "autograde", "hw2"]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr
    assert everything(course) == ours
    assert {str(path.relative_to(course.root)) for path in (course.root / "autograded").rglob("*")} == files


class Replay:
    """A scheduler that knows the outcomes already."""

    def __init__(self, outcomes: dict[tuple[str, str], Outcome]) -> None:
        self.outcomes = outcomes

    def describe(self) -> str:
        return "a replay"

    def run(self, jobs: Iterator[Job], *more: Any) -> Iterator[Outcome]:
        for job in jobs:
            known = self.outcomes[job.student, job.notebook]
            yield Outcome(job.student, job.notebook, job.key, known.graded, known.result)

    def close(self) -> None:
        pass


class Recording:
    """A scheduler that has the work done by another and keeps what came of it."""

    def __init__(self, worker: Any) -> None:
        self.worker = worker
        self.outcomes: dict[tuple[str, str], Outcome] = {}

    def describe(self) -> str:
        return "a recording"

    def run(self, jobs: Iterator[Job], *more: Any) -> Iterator[Outcome]:
        for outcome in self.worker.run(jobs):
            self.outcomes[outcome.student, outcome.notebook] = outcome
            yield outcome

    def close(self) -> None:
        pass


@pytest.fixture
def policy(course: Course) -> GradingPolicy:
    return GradingPolicy(course, course.assignment("hw2"))


@pytest.fixture
def replay(course: Course, policy: GradingPolicy, submit: Callable[..., Path], solutions: dict, workers: Any) -> Replay:
    """Two students, graded once."""
    submit("ada", "3_rnn", solutions["3_rnn"])
    submit("ben", "3_rnn", {})
    worker = Recording(workers(policy))
    grade(policy, Options(notebook="3_rnn"), scheduler=worker)
    return Replay(worker.outcomes)


def test_points_marked_by_hand_stay(course: Course, policy: GradingPolicy, replay: Replay) -> None:
    with Gradebook(course.gradebook_url) as gradebook:
        entry = gradebook.find_grade("derive_rnn_backward", "3_rnn", "hw2", "ada")
        entry.manual_score, entry.needs_manual_grade = 2.5, False
        gradebook.db.commit()
    results = {r.student: r for r in grade(policy, Options(notebook="3_rnn", fresh=True), scheduler=replay)}
    assert results["ada"].score == 12.5
    with Gradebook(course.gradebook_url) as gradebook:
        entry = gradebook.find_grade("derive_rnn_backward", "3_rnn", "hw2", "ada")
        # As nbgrader has it: somebody should look whether the points still hold.
        assert (entry.manual_score, entry.needs_manual_grade) == (2.5, True)


def test_what_is_recorded_is_left_alone(course: Course, policy: GradingPolicy, replay: Replay) -> None:
    before = everything(course)
    stamps = {path: path.stat().st_mtime_ns for path in (course.root / "autograded").rglob("*.ipynb")}
    results = grade(policy, Options(notebook="3_rnn"), scheduler=replay)
    assert [result.score for result in results] == [10, 0]
    assert everything(course) == before
    assert {path: path.stat().st_mtime_ns for path in (course.root / "autograded").rglob("*.ipynb")} == stamps


def test_what_somebody_changed_is_put_right(course: Course, policy: GradingPolicy, replay: Replay) -> None:
    before = everything(course)
    with Gradebook(course.gradebook_url) as gradebook:
        gradebook.find_grade("test_rnn_forward", "3_rnn", "hw2", "ben").auto_score = 2
        gradebook.db.commit()
    shutil.rmtree(course.autograded("ada", "hw2"))
    grade(policy, Options(notebook="3_rnn"), scheduler=replay)
    assert everything(course) == before
    assert (course.autograded("ada", "hw2") / "3_rnn.ipynb").is_file()


def test_a_failure_in_the_middle_changes_nothing(
    course: Course, policy: GradingPolicy, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(course)
    shutil.copytree(course.submitted("ada", "hw2"), course.submitted("zoe", "hw2"))
    replay.outcomes["zoe", "3_rnn"] = replay.outcomes["ada", "3_rnn"]
    saved: list[object] = []

    def fail(notebook: object, tree: object) -> None:
        saved.append(notebook)
        raise GraderError("broken on purpose")

    monkeypatch.setattr(recording, "_save", fail)
    results = {r.student: r for r in grade(policy, Options(("zoe",), "3_rnn"), scheduler=replay)}
    assert saved
    (notebook,) = results["zoe"].notebooks
    assert (notebook.status, notebook.notes) == (Status.NOT_GRADED, ("broken on purpose",))
    assert everything(course) == before
    monkeypatch.undo()
    results = {r.student: r for r in grade(policy, Options(("zoe",), "3_rnn"), scheduler=replay)}
    assert results["zoe"].score == 10


def test_a_locked_gradebook_is_waited_for(
    course: Course, policy: GradingPolicy, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than the database's own patience, which is two minutes and here a tenth of a second."""
    monkeypatch.setattr(
        Course, "gradebook_url", property(lambda self: f"sqlite:///{self.root / 'gradebook.db'}?timeout=0.1")
    )
    with Recorder(course, "hw2") as recorder:
        other = sqlite3.connect(course.root / "gradebook.db", isolation_level=None, check_same_thread=False)
        other.execute("begin exclusive")
        freed: list[float] = []

        def free() -> None:
            time.sleep(2)
            freed.append(time.monotonic())
            other.execute("rollback")
            other.close()

        thread = threading.Thread(target=free)
        thread.start()
        scores = recorder.record("ben", {"3_rnn": replay.outcomes["ada", "3_rnn"].graded}, set())
        assert freed
        assert time.monotonic() > freed[0]
        thread.join()
    assert scores["3_rnn"] == (10, 15)


def test_a_gradebook_that_stays_locked_is_the_graders_trouble(
    course: Course, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Course, "gradebook_url", property(lambda self: f"sqlite:///{self.root / 'gradebook.db'}?timeout=0.1")
    )
    monkeypatch.setattr(recording, "LOCKED_SECONDS", 0.5)
    with Recorder(course, "hw2") as recorder:
        other = sqlite3.connect(course.root / "gradebook.db", isolation_level=None)
        other.execute("begin exclusive")
        with pytest.raises(GraderError, match="locked"):
            recorder.record("ben", {"3_rnn": replay.outcomes["ada", "3_rnn"].graded}, set())
        other.execute("rollback")
        other.close()


def test_an_extension_takes_the_penalty_away(course: Course, policy: GradingPolicy, replay: Replay) -> None:
    due = course.assignment("hw2").due
    stamp = (due + timedelta(hours=30)).strftime("%Y-%m-%d %H:%M:%S %z")
    (course.submitted("ada", "hw2") / "timestamp.txt").write_text(stamp, encoding="utf-8")
    late = {r.student: r.score for r in grade(policy, Options(notebook="3_rnn"), scheduler=replay)}
    (course.root / "extensions.csv").write_text("student,homework,days\nada,hw2,2\n", encoding="utf-8")
    extended = {r.student: r.score for r in grade(policy, Options(notebook="3_rnn"), scheduler=replay)}
    assert late["ada"] < 10
    assert extended["ada"] == 10

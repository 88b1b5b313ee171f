"""Whatever ends in the middle of a run, the next run gives every submission the score of an undisturbed one."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from test_recording import Recording, Replay, everything

from autograder.course import Course
from autograder.crew import Crew, Worker
from autograder.grade import grade
from autograder.jobs import Job, Outcome
from autograder.options import Options, start_ahead
from autograder.policy import GradingPolicy
from autograder.pool import LocalPool
from autograder.results import Status

STUDENTS = 8
pytestmark = pytest.mark.slow


@pytest.fixture
def policy(course: Course) -> GradingPolicy:
    return GradingPolicy(course, course.assignment("hw2"))


@pytest.fixture(scope="module")
def known() -> dict[tuple[str, str], Outcome]:
    """What came of the submissions, once they have been graded."""
    return {}


@pytest.fixture
def right(
    course: Course,
    policy: GradingPolicy,
    submit: Callable[..., Path],
    solutions: dict,
    workers: Any,
    known: dict[tuple[str, str], Outcome],
) -> Any:
    """Submissions of different scores, graded without a disturbance; then all that grading made is deleted."""
    cells = solutions["3_rnn"]
    kinds = [cells, {}, {**cells, "rnn_forward": ""}, {**cells, "rnn_step_backward": "def rnn_step_backward(): pass"}]
    for number in range(STUDENTS):
        submit(f"s{number}", "3_rnn", kinds[number % len(kinds)])
    gradebook = course.root / "gradebook.db"
    empty = gradebook.read_bytes()
    worker = Recording(Replay(known) if known else workers(policy))
    results = grade(policy, Options(notebook="3_rnn"), scheduler=worker)
    known.update(worker.outcomes)
    assert len({result.score for result in results}) == len(kinds)
    state = everything(course)
    gradebook.write_bytes(empty)
    shutil.rmtree(course.private / "graded")
    shutil.rmtree(course.root / "autograded")
    return results, state, Replay(known)


class Slowly(Replay):
    """Takes a moment for each job, so that there are moments to be killed in."""

    def run(self, jobs: Iterator[Job], *more: Any) -> Iterator[Outcome]:
        for outcome in super().run(jobs):
            time.sleep(0.01)
            yield outcome


def scores(results: list[Any]) -> list[tuple[str, float, Status]]:
    return [(n.student, n.score, n.status) for result in results for n in result.notebooks]


@pytest.mark.parametrize("seed", range(44))
def test_the_coordinator_is_killed(course: Course, policy: GradingPolicy, right: Any, seed: int) -> None:
    """A child process grades, with outcomes that are known, and is killed while it writes."""
    results, state, replay = right
    moment = random.Random(seed).uniform(0.02, 1.2)
    child = os.fork()
    if child == 0:
        try:
            grade(policy, Options(notebook="3_rnn", jobs=1), scheduler=Slowly(replay.outcomes))
        finally:
            os._exit(0)
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    again = grade(policy, Options(notebook="3_rnn"), scheduler=replay)
    assert scores(again) == scores(results)
    assert everything(course) == state
    copies = list((course.root / "autograded").glob("*/hw2/3_rnn.ipynb"))
    assert len(copies) == STUDENTS


def processes(pool: LocalPool) -> dict[str, list[psutil.Process]]:
    """The processes of a run, by what they are; other tests may have servers in this process, too."""
    found: dict[str, list[psutil.Process]] = {"fork server": [], "worker": [], "server": [], "kernel": []}
    folders = {str(server.folder) for server in list(pool._crew.servers._processes.values())}
    forks = pool._crew._forks
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if forks is not None and child.pid == forks.process.pid:
                found["fork server"].append(child)
                found["worker"] += child.children()
            elif not folders.intersection(child.cmdline()):
                continue
            for process in child.children(recursive=True):
                parent = process.parent()
                if "autograder.kernel.server" in process.cmdline() and process.name() != "bwrap" and parent:
                    # Below the server itself are supervisors and kernels.
                    found["server" if parent.name() == "bwrap" else "kernel"].append(process)
    return found


class Killer(threading.Thread):
    """Kills processes of one kind at random moments, `times` in all."""

    def __init__(self, pool: LocalPool, what: str, times: int, seed: int) -> None:
        super().__init__(daemon=True)
        self.pool, self.what, self.times = pool, what, times
        self.random = random.Random(seed)
        self.done = threading.Event()
        self.killed = 0

    def run(self) -> None:
        while self.killed < self.times and not self.done.wait(self.random.uniform(0.05, 0.4)):
            candidates = processes(self.pool)[self.what]
            if candidates:
                try:
                    self.random.choice(candidates).send_signal(signal.SIGKILL)
                    self.killed += 1
                except psutil.Error:
                    continue
                self.done.wait(0.5)


@pytest.mark.parametrize(("what", "times"), [("fork server", 2), ("worker", 4), ("server", 4), ("kernel", 8)])
def test_what_does_the_work_is_killed(course: Course, policy: GradingPolicy, right: Any, what: str, times: int) -> None:
    """Real workers with real kernels; what was given up in the first run is graded by the second."""
    results, state, _ = right
    options = Options(notebook="3_rnn", jobs=2, fresh=True)
    killed = 0
    for round_number in range(6):
        pool = LocalPool(policy.run(policy.records(), threads=1), 2, start_ahead(policy, options))
        killer = Killer(pool, what, times, seed=times + round_number)
        killer.start()
        try:
            first = grade(policy, options, scheduler=pool)
        finally:
            killer.done.set()
            killer.join()
            pool.close()
        killed += killer.killed
        if killed >= 2:  # with the coordinator's, fifty and more
            break
    assert killed >= 2
    given_up = [n for result in first for n in result.notebooks if n.status is Status.NOT_GRADED]
    graded = {row[:2] for row in scores(first) if row[2] is not Status.NOT_GRADED}
    assert graded <= {row[:2] for row in scores(results)}
    again = grade(policy, Options(notebook="3_rnn", jobs=2))
    assert scores(again) == scores(results), given_up
    assert everything(course) == state


def test_a_notebook_that_ends_its_workers_is_given_up(policy: GradingPolicy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not tried for ever, and the others are graded."""
    run = policy.run(policy.records(), threads=1)
    pool = LocalPool(run, 2)
    broken = Job("eve", "unknown notebook", "key of eve", b"{}")
    real = Crew.worker

    def starts_and_ends(self: Crew) -> Worker:
        worker = real(self)
        worker.forks.kill(worker.number)
        return worker

    monkeypatch.setattr(Crew, "worker", starts_and_ends)
    try:
        (outcome,) = pool.run([broken])
    finally:
        pool.close()
    assert outcome.result.status is Status.NOT_GRADED
    assert outcome.result.notes == ("2 worker processes ended while they graded it, the last with status -9",)


def test_a_defect_of_the_grader_costs_nobody_a_point(policy: GradingPolicy) -> None:
    pool = LocalPool(policy.run(policy.records(), threads=1), 1)
    try:
        (outcome,) = pool.run([Job("eve", "unknown notebook", "key of eve", b"{}")])
    finally:
        pool.close()
    assert outcome.result.status is Status.NOT_GRADED
    assert "the grader failed" in outcome.result.notes[0]


def command(course: Course, *more: str) -> list[str]:
    return [sys.executable, "-m", "autograder", "grade", "hw2", "--notebook", "3_rnn", "--lines", *more]


def test_ctrl_c_says_how_to_go_on_and_loses_nothing(course: Course, right: Any, policy: GradingPolicy) -> None:
    results, state, _ = right
    with subprocess.Popen(
        command(course, "--jobs", "1"), cwd=course.root, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if '"event": "notebook"' in line:
                run.send_signal(signal.SIGINT)
                break
        _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "the same command goes on from here" in said
    known = len(list((course.private / "graded").rglob("*.json")))
    assert 1 <= known < STUDENTS
    again = grade(policy, Options(notebook="3_rnn"))
    assert scores(again) == scores(results)
    assert everything(course) == state


def test_of_two_runs_the_second_says_so_and_stops(course: Course, right: Any) -> None:
    with subprocess.Popen(command(course, "--jobs", "1"), cwd=course.root, text=True, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        run.stdout.readline()
        second = subprocess.run(command(course), cwd=course.root, capture_output=True, text=True, timeout=60)
        run.kill()
    assert second.returncode == 2
    assert "another `course grade` is under way" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_full_disk_is_the_graders_trouble(
    course: Course, policy: GradingPolicy, right: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    results, state, replay = right
    from autograder import journal

    real = journal.write_whole
    written: list[Path] = []

    def full(path: Path, text: str, lasting: bool) -> None:
        written.append(path)
        if len(written) > 3:
            raise OSError(28, "No space left on device")
        real(path, text, lasting)

    monkeypatch.setattr(journal, "write_whole", full)
    first = grade(policy, Options(notebook="3_rnn"), scheduler=replay)
    lost = [n for result in first for n in result.notebooks if n.status is Status.NOT_GRADED]
    assert len(lost) == STUDENTS - 3
    assert all("No space left on device" in n.notes[0] for n in lost)
    monkeypatch.undo()
    again = grade(policy, Options(notebook="3_rnn"), scheduler=replay)
    assert scores(again) == scores(results)
    assert everything(course) == state


def test_an_outcome_of_another_run_is_not_taken(course: Course, policy: GradingPolicy, right: Any) -> None:
    """The seed of the homework is part of the key, so a changed policy grades again."""
    _, _, replay = right
    grade(policy, Options(notebook="3_rnn"), scheduler=replay)
    asked: list[str] = []

    class Counting(Replay):
        def run(self, jobs: Iterator[Job], *more: Any) -> Iterator[Outcome]:
            for job in jobs:
                asked.append(job.student)
                yield from super().run(iter([job]))

    grade(policy, Options(notebook="3_rnn"), scheduler=Counting(replay.outcomes))
    assert asked == []
    other = replace(policy, assignment=replace(policy.assignment, seed=policy.assignment.seed + 1))
    grade(other, Options(notebook="3_rnn"), scheduler=Counting(replay.outcomes))
    assert len(asked) == STUDENTS

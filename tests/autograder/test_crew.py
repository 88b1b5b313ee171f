"""Workers come from a fork server, end when they are told to, and leave nothing behind."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from autograder import crew as crew_module
from autograder.crew import Crew, Worker
from autograder.errors import GraderError
from autograder.jobs import Job, Run
from autograder.policy import GradingPolicy
from autograder.results import Status


@pytest.fixture
def crew() -> Iterator[Crew]:
    crew = Crew("hw2")
    yield crew
    crew.close()


@pytest.fixture
def run(course, monkeypatch: pytest.MonkeyPatch) -> Run:
    policy = GradingPolicy(course, course.assignment("hw2"))
    return policy.run(policy.records(), threads=1)


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def processes(crew: Crew) -> list[psutil.Process]:
    """The workers; before there are any, the fork server has other children for a moment."""
    assert crew._forks is not None
    found = []
    for process in psutil.Process(crew._forks.process.pid).children():
        with contextlib.suppress(psutil.Error):
            if process.cmdline()[-1:] == ["hw2"]:
                found.append(process)
    return found


def test_it_does_jobs_with_the_variables_that_it_is_given(crew: Crew, run: Run) -> None:
    worker = crew.worker()
    worker.link.send((run, {"COURSE_TEST": "here"}))
    worker.link.send(Job("ada", "3_rnn", "key", refused="too large"))
    outcome = worker.link.recv()
    assert (outcome.student, outcome.result.status) == ("ada", Status.REFUSED)
    assert len(processes(crew)) == 1
    assert worker.end() == 0
    assert not processes(crew)


def test_one_that_is_killed_says_so_and_the_others_stay(crew: Crew) -> None:
    first, second = crew.worker(), crew.worker()
    until(lambda: len(processes(crew)) == 2)
    processes(crew)[0].send_signal(signal.SIGTERM)
    with pytest.raises(EOFError):
        first.link.recv()
    assert first.end() == -signal.SIGTERM
    assert second.end() == 0


def test_one_that_is_busy_is_not_waited_for(crew: Crew) -> None:
    worker = crew.worker()
    worker.job = Job("ada", "3_rnn", "key")
    assert worker.end() == -signal.SIGKILL


def test_one_that_does_not_end_is_killed(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew_module, "_END_SECONDS", 1)
    worker = crew.worker()
    until(lambda: bool(processes(crew)))
    processes(crew)[0].suspend()
    assert worker.end() == -signal.SIGKILL


def test_when_the_fork_server_is_lost_so_are_its_workers_and_there_is_another(crew: Crew) -> None:
    worker = crew.worker()
    until(lambda: bool(processes(crew)))
    (process,) = processes(crew)
    assert crew._forks is not None
    crew._forks.process.kill()
    with pytest.raises(EOFError):
        worker.link.recv()
    until(lambda: not process.is_running())
    assert worker.end() is None
    assert crew.worker().end() == 0


def test_one_that_nobody_needs_is_not_waited_for() -> None:
    crew = Crew("hw2")
    process = crew.begin().process
    crew.close()
    assert process.returncode == -signal.SIGKILL


def test_nothing_is_left_when_it_is_closed() -> None:
    crew = Crew("hw2")
    workers: list[Worker] = [crew.worker() for _ in range(3)]
    until(lambda: len(processes(crew)) == 3)
    left = processes(crew)
    crew.close()
    assert not [process for process in left if process.is_running()]
    assert crew._forks is None
    for worker in workers:
        assert worker.end() is None


def test_a_homework_without_tests_is_told_with_the_first_job(run: Run) -> None:
    crew = Crew("hw99")
    worker = crew.worker()
    assert worker.end() == 0
    crew.close()


def test_no_process_can_be_started(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError("Resource temporarily unavailable")

    monkeypatch.setattr(crew_module.subprocess, "Popen", refuse)
    with pytest.raises(GraderError, match="no worker could be started: Resource temporarily unavailable"):
        crew.worker()


def test_workers_hold_nothing_of_one_another(crew: Crew) -> None:
    """The end of a link is seen though workers that were forked later still run."""
    first, second = crew.worker(), crew.worker()
    until(lambda: len(processes(crew)) == 2)
    assert first.end() == 0
    count = [process.num_fds() for process in processes(crew)]
    third = crew.worker()
    until(lambda: len(processes(crew)) == 2)
    assert {process.num_fds() for process in processes(crew)} == set(count)
    assert [second.end(), third.end()] == [0, 0]

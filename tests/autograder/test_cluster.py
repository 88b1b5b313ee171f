"""A run on Dask: a real scheduler and several real worker processes on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")

import cluster_stub  # noqa: E402

from autograder import cluster  # noqa: E402
from autograder.course import Course  # noqa: E402
from autograder.errors import GraderError, UsageError  # noqa: E402
from autograder.grade import grade  # noqa: E402
from autograder.jobs import Job, Run  # noqa: E402
from autograder.options import Options  # noqa: E402
from autograder.policy import GradingPolicy  # noqa: E402
from autograder.results import Status  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    # Dask's own housekeeping when connections end
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning:distributed.*"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


def drain(stream: IO[str]) -> None:
    """Read what a process says until it ends, so that it never waits to be heard."""
    with stream:
        stream.read()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A scheduler process of its own, and two workers, that know nothing of any course."""
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
        "PYTHONPATH": str(Path(cluster_stub.__file__).parent),
    }

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
        return subprocess.Popen(
            command, env=environment, cwd="/", text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )

    scheduler = start("scheduler", "--host", "127.0.0.1", "--port", "0", "--dashboard-address", ":0")
    assert scheduler.stderr is not None
    where = next(line.split()[-1] for line in scheduler.stderr if "Scheduler at:" in line)
    threading.Thread(target=drain, args=(scheduler.stderr,), daemon=True).start()
    workers = [start("worker", where, "--nthreads", "1", "--no-dashboard", "--name", f"w{n}") for n in range(2)]
    for worker in workers:
        assert worker.stderr is not None
        threading.Thread(target=drain, args=(worker.stderr,), daemon=True).start()
    with distributed.Client(where, timeout=30) as client:
        client.wait_for_workers(2, timeout=60)
    yield where
    for process in (*workers, scheduler):
        process.terminate()
    for process in (*workers, scheduler):
        process.wait(30)


@pytest.fixture
def policy(course: Course) -> GradingPolicy:
    return GradingPolicy(course, course.assignment("hw2"))


@pytest.fixture(scope="module")
def run(released: Course) -> Run:
    policy = GradingPolicy(released, released.assignment("hw2"))
    return policy.run(policy.records(), threads=1)


def test_the_same_scores_as_on_this_machine(
    address: str, policy: GradingPolicy, submit: Callable[..., Path], solutions: dict, workers: Any
) -> None:
    submit("ada", "3_rnn", solutions["3_rnn"])
    submit(
        "ben", "3_rnn", {**solutions["3_rnn"], "rnn_forward": "def rnn_forward(x, h0, Wx, Wh, b):\n    return x, ()"}
    )
    submit("eve", "3_rnn", b"{")
    ours = grade(policy, Options(notebook="3_rnn"), scheduler=workers(policy))
    theirs = grade(policy, Options(notebook="3_rnn", fresh=True, scheduler=address))
    assert [(r.student, r.score) for r in theirs] == [(r.student, r.score) for r in ours]
    assert [n.status for r in theirs for n in r.notebooks] == [n.status for r in ours for n in r.notebooks]


def jobs(count: int, content: bytes = b"") -> list[Job]:
    return [Job(f"s{n}", "3_rnn", f"key {n}", content) for n in range(count)]


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that takes no time, so that the scheduling is what is seen."""
    monkeypatch.setattr(cluster, "_do", cluster_stub.stub)


def test_every_job_comes_back_once(address: str, run: Run, stubbed: None) -> None:
    scheduler = cluster.open_cluster(address, run, 2)
    try:
        assert "2 Dask workers, dashboard at http" in scheduler.describe()
        outcomes = list(scheduler.run(jobs(200)))
    finally:
        scheduler.close()
    assert sorted(outcome.student for outcome in outcomes) == sorted(job.student for job in jobs(200))
    assert len({outcome.result.notes for outcome in outcomes}) == 2


def test_jobs_are_asked_for_as_they_can_be_done(address: str, run: Run, stubbed: None) -> None:
    """A class's notebooks do not fit into memory all at once."""
    taken: list[int] = []

    def endless() -> Iterator[Job]:
        for job in jobs(10_000, b"slow"):
            taken.append(1)
            yield job

    scheduler = cluster.open_cluster(address, run, 2)
    try:
        results = scheduler.run(endless())
        next(results)
        assert len(taken) < 100
    finally:
        scheduler.close()


def test_the_work_of_a_lost_worker_is_done_by_another(address: str, run: Run, stubbed: None, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    (marks / "once").touch()
    scheduler = cluster.open_cluster(address, run, 2)
    try:
        todo = [*jobs(10, b"slow"), Job("eve", "3_rnn", "key of eve", f"end {marks}".encode())]
        outcomes = {outcome.student: outcome for outcome in scheduler.run(todo)}
    finally:
        scheduler.close()
    assert not list(marks.iterdir())
    assert len(outcomes) == 11
    assert {outcome.result.status for outcome in outcomes.values()} == {Status.GRADED}


def test_a_job_that_loses_its_worker_twice_is_marked_and_the_rest_done(
    address: str, run: Run, stubbed: None, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    for number in range(20):
        (marks / str(number)).touch()
    scheduler = cluster.open_cluster(address, run, 2)
    try:
        todo = [Job("eve", "3_rnn", "key of eve", f"end {marks}".encode()), *jobs(6)]
        outcomes = {outcome.student: outcome for outcome in scheduler.run(todo)}
    finally:
        scheduler.close()
    assert outcomes["eve"].result.status is Status.NOT_GRADED
    assert "ended, one after the other" in outcomes["eve"].result.notes[0]
    assert len(list(marks.iterdir())) == 18
    assert {outcomes[f"s{n}"].result.status for n in range(6)} == {Status.GRADED}


def test_an_address_where_nobody_answers(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with pytest.raises(GraderError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1:"):
        cluster.open_cluster("tcp://127.0.0.1:1", run, 2)


def test_what_is_no_address(run: Run) -> None:
    with pytest.raises(UsageError, match="local, slurm, or an address"):
        cluster.open_cluster("somewhere", run, 2)


def test_a_slurm_job_asks_for_what_a_notebook_needs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no Slurm, the script that would be submitted is all that can be looked at."""
    jobqueue = pytest.importorskip("dask_jobqueue", reason="dask-jobqueue is not installed")
    scaled: list[int] = []
    monkeypatch.setattr(jobqueue.SLURMCluster, "scale", lambda self, jobs: scaled.append(jobs))
    made = cluster.slurm(run, 3)
    try:
        script = made.job_script()
    finally:
        made.close()
    assert scaled[0] == 3
    assert "#SBATCH --cpus-per-task=1" in script
    assert "#SBATCH --mem=8G" in script or "#SBATCH --mem=8" in script
    assert "distributed.cli.dask_worker" in script or "dask worker" in script

"""Workers on this machine: one process each, given a job whenever it is free, replaced when it is lost."""

from __future__ import annotations

import contextlib
import math
import os
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait

from autograder.errors import GraderError
from autograder.gpus import SHARE_VARIABLE, gpus
from autograder.jobs import Job, Outcome, Run, Step, nobody
from autograder.warm import SharedServers
from autograder.worker import Workshop, failed

TRIES = 2
"""A job that has lost its worker so often is not given to another: it may be what ends them."""


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    link: Connection
    gpu: str = ""
    job: Job | None = None


class LocalPool:
    """Processes on this machine.

    Parameters
    ----------
    run : Run
        What the jobs have in common.
    count : int
        How many processes.
    servers : SharedServers, optional
        What their kernels come from; each starts servers of its own without.
    """

    def __init__(self, run: Run, count: int, servers: SharedServers | None = None) -> None:
        self._run = run
        self._count = count
        self._servers = servers or SharedServers()
        self._gpus = [gpu.number for gpu in gpus()] if any(kind.device != "cpu" for kind in run.kinds.values()) else []
        self._workers: list[_Worker] = []
        self._lost: Counter[tuple[str, str]] = Counter()

    def describe(self) -> str:
        """Where the work is done."""
        return f"{self._count} worker{'s' if self._count > 1 else ''} on this machine"

    def run(self, jobs: Iterable[Job], tell: Callable[[Step], None] = nobody) -> Iterator[Outcome]:
        """Carry out the jobs; see `Scheduler`."""
        waiting, again = iter(jobs), deque[Job]()

        def next_job() -> Job | None:
            return again.popleft() if again else next(waiting, None)

        while True:
            self._hand_out(next_job)
            busy = [worker for worker in self._workers if worker.job]
            if not busy:
                return
            for link in wait([worker.link for worker in busy]):
                worker = next(worker for worker in self._workers if worker.link is link)
                outcome = self._take(worker, again, tell)
                if outcome is not None:
                    # What becomes of the outcome takes the coordinator a while; the worker need not wait for that.
                    self._hand_out(next_job)
                    yield outcome

    def _hand_out(self, next_job: Callable[[], Job | None]) -> None:
        """Give every free worker a job, as long as there are any; start workers as they are needed."""
        while True:
            worker = next((worker for worker in self._workers if worker.job is None), None)
            if worker is None and len(self._workers) >= self._count:
                return
            job = next_job()
            if job is None:
                return
            worker = worker or self._new_worker()
            worker.job = job
            # If it has ended, this shows as the end of its answers.
            with contextlib.suppress(OSError):
                worker.link.send(job)

    def _take(self, worker: _Worker, again: deque[Job], tell: Callable[[Step], None]) -> Outcome | None:
        """A worker's answer, or None if it has only said how far it is, or ended and its job is for another to do."""
        job = worker.job
        assert job is not None
        try:
            outcome = worker.link.recv()
        except (EOFError, OSError):
            return self._after_loss(worker, job, again)
        if isinstance(outcome, Step):
            tell(outcome)
            return None
        worker.job = None
        return outcome if isinstance(outcome, Outcome) else failed(job, "a worker's answer cannot be understood")

    def _after_loss(self, worker: _Worker, job: Job, again: deque[Job]) -> Outcome | None:
        status = _end(worker)
        self._workers.remove(worker)
        name = (job.student, job.notebook)  # not the key: copies of one file share it
        self._lost[name] += 1
        if self._lost[name] < TRIES:
            again.append(job)
            return None
        return failed(job, f"{TRIES} worker processes ended while they graded it, the last with status {status}")

    def _new_worker(self) -> _Worker:
        ours, theirs = Pipe()
        lines = self._servers.lines()
        with theirs, contextlib.ExitStack() as open_lines:
            for line, _ in lines.values():
                open_lines.enter_context(line)
            command = [sys.executable, "-m", "autograder.worker", str(theirs.fileno())]
            environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            gpu = ""
            if self._gpus:
                taken = [other.gpu for other in self._workers]
                gpu = min(self._gpus, key=taken.count)
                # Its kernels see this one only.
                environment["CUDA_VISIBLE_DEVICES"] = gpu
                environment[SHARE_VARIABLE] = str(math.ceil(self._count / len(self._gpus)))
            try:
                process = subprocess.Popen(
                    command,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(), *(line.fileno() for line, _ in lines.values())),
                    start_new_session=True,  # Ctrl-C is for the coordinator, which ends its workers itself
                )
            except OSError as error:
                ours.close()
                raise GraderError(f"no worker could be started: {error}") from error
            numbers = {name: (line.fileno(), str(folder)) for name, (line, folder) in lines.items()}
        worker = _Worker(process, ours, gpu)
        try:
            ours.send((self._run, numbers))
        except OSError as error:
            raise GraderError(f"a worker ended at its start with status {_end(worker)}") from error
        self._workers.append(worker)
        return worker

    def close(self) -> None:
        """End all workers, whatever they are doing; kernels and servers end with them."""
        for worker in self._workers:
            _tell_to_end(worker)
        for worker in self._workers:
            _end(worker)
        self._workers.clear()


class InProcess:
    """One notebook after another in this process, with what it keeps open: for tests, and to look into the grader.

    Parameters
    ----------
    run : Run
        What the jobs have in common.
    """

    def __init__(self, run: Run) -> None:
        self._workshop = Workshop(run)

    def describe(self) -> str:
        """Where the work is done."""
        return "this process"

    def run(self, jobs: Iterable[Job], tell: Callable[[Step], None] = nobody) -> Iterator[Outcome]:
        """Carry out the jobs; see `Scheduler`."""
        for job in jobs:
            yield self._workshop.do(job, tell)

    def close(self) -> None:
        """End the warm server."""
        self._workshop.close()


def _tell_to_end(worker: _Worker) -> None:
    worker.link.close()
    if worker.job is not None:
        worker.process.kill()


def _end(worker: _Worker) -> int:
    """End a worker and wait for it; returns its status."""
    _tell_to_end(worker)
    try:
        return worker.process.wait(20)
    except subprocess.TimeoutExpired:
        worker.process.kill()
        return worker.process.wait()

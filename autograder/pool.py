"""Workers on this machine: one process each, given a job whenever it is free, replaced when it is lost."""

from __future__ import annotations

import contextlib
import math
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import wait

from autograder.crew import Crew, Worker
from autograder.gpus import SHARE_VARIABLE, gpus
from autograder.jobs import Job, Outcome, Run, Step, failed, nobody

TRIES = 2
"""A job that has lost its worker so often is not given to another: it may be what ends them."""


class LocalPool:
    """Processes on this machine.

    Parameters
    ----------
    run : Run
        What the jobs have in common.
    count : int
        How many processes.
    crew : Crew, optional
        Where they come from; closed with the pool.
    """

    def __init__(self, run: Run, count: int, crew: Crew | None = None) -> None:
        self._run = run
        self._count = count
        self._crew = crew or Crew(run.homework)
        self._gpus = [gpu.number for gpu in gpus()] if any(kind.device != "cpu" for kind in run.kinds.values()) else []
        self._workers: list[Worker] = []
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
            with contextlib.suppress(OSError):  # it has ended
                worker.link.send(job)

    def _take(self, worker: Worker, again: deque[Job], tell: Callable[[Step], None]) -> Outcome | None:
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

    def _after_loss(self, worker: Worker, job: Job, again: deque[Job]) -> Outcome | None:
        status = worker.end()
        self._workers.remove(worker)
        name = (job.student, job.notebook)  # not the key: copies of one file share it
        self._lost[name] += 1
        if self._lost[name] < TRIES:
            again.append(job)
            return None
        how = "" if status is None else f", the last with status {status}"
        return failed(job, f"{TRIES} worker processes ended while they graded it{how}")

    def _new_worker(self) -> Worker:
        worker = self._crew.worker()
        variables = {}
        if self._gpus:
            taken = [other.gpu for other in self._workers]
            worker.gpu = min(self._gpus, key=taken.count)
            # Its kernels see this one only.
            variables["CUDA_VISIBLE_DEVICES"] = worker.gpu
            variables[SHARE_VARIABLE] = str(math.ceil(self._count / len(self._gpus)))
        # If it has ended, this shows as the end of its answers.
        with contextlib.suppress(OSError):
            worker.link.send((self._run, variables))
        self._workers.append(worker)
        return worker

    def close(self) -> None:
        """End all workers, whatever they are doing; kernels and servers end with them."""
        for worker in self._workers:
            worker.tell_to_end()
        for worker in self._workers:
            worker.end()
        self._workers.clear()
        self._crew.close()


class InProcess:
    """One notebook after another in this process, with what it keeps open: for tests, and to look into the grader.

    Parameters
    ----------
    run : Run
        What the jobs have in common.
    """

    def __init__(self, run: Run) -> None:
        from autograder.worker import Workshop  # which brings all that grading takes, of no use to a pool

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

"""More machines: the jobs of a run on Dask, wherever its workers are.

``--scheduler tcp://host:8786``
    A Dask cluster that is there already.
``--scheduler local``
    A cluster on this machine, for a look at Dask's dashboard.
``--scheduler slurm``
    Jobs of a Slurm cluster through `dask-jobqueue`, set up in its ``jobqueue.yaml``.

Workers need this package installed, and nothing else of the coordinator's: no shared disk, no gradebook. This module
needs the extra ``dask``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import cached_property
from typing import Any

from autograder.errors import GraderError, UsageError
from autograder.jobs import Job, Outcome, Run, Step, nobody
from autograder.journal import grader_version
from autograder.worker import Workshop, failed

try:
    import dask
    from distributed import Client, LocalCluster, WorkerPlugin, as_completed, get_worker
    from distributed.client import Future
    from distributed.scheduler import KilledWorker
except ImportError as error:  # the message says what to do
    raise UsageError("--scheduler needs Dask: install it with `pip install .[dask]`") from error

CONNECT_SECONDS = 20
_ALLOWED_FAILURES = 1
"""A job that has lost its worker more often than this is not given to another: it may be what ends them."""


class _Bring(WorkerPlugin):
    """Brings what all jobs have in common to each worker, also to those that join later."""

    def __init__(self, run: Run, key: str) -> None:
        self.name = f"course-{key}"
        self.run = run
        self.key = key

    def setup(self, worker: Any) -> None:
        """Keep the run where `_do` finds it: in the worker's process."""
        _runs[self.key] = self.run

    def teardown(self, worker: Any) -> None:
        """End the worker's warm server."""
        Workshop.close_all()


def _do(job: Job, key: str) -> Outcome:
    """Carry out one job on a worker; its steps go to everybody who has asked Dask for them."""
    worker = get_worker()
    return Workshop.of(_runs[key], key).do(job, lambda step: worker.log_event(f"course-{key}", asdict(step)))


_runs: dict[str, Run] = {}


class DaskCluster:
    """A cluster of Dask workers.

    Parameters
    ----------
    run : Run
        What the jobs have in common.
    client : distributed.Client
        Connected to the cluster.
    cluster : optional
        The cluster itself, if it is to end with the run.
    """

    def __init__(self, run: Run, client: Client, cluster: Any = None) -> None:
        self._run = run
        self._client = client
        self._cluster = cluster
        self._key = f"{grader_version(run.homework)[:16]}-{id(self):x}"
        client.register_plugin(_Bring(run, self._key))

    @cached_property
    def _declared(self) -> set[str]:
        """The resources that workers were started with."""
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        return {name for worker in workers for name in worker["resources"]}

    def describe(self) -> str:
        """Where the work is done, with the address of Dask's dashboard."""
        workers = len(self._client.scheduler_info(n_workers=-1)["workers"])
        return f"{workers} Dask worker{'s' if workers != 1 else ''}, dashboard at {self._client.dashboard_link}"

    def run(self, jobs: Iterable[Job], tell: Callable[[Step], None] = nobody) -> Iterator[Outcome]:
        """Carry out the jobs; see `Scheduler`."""
        self._client.subscribe_topic(f"course-{self._key}", lambda event: tell(Step(**event[1])))
        waiting = iter(jobs)
        flying: dict[Any, Job] = {}
        arrivals = as_completed()
        while True:
            for job in self._next(waiting, len(flying)):
                future = self._submit(job)
                flying[future.key] = job
                arrivals.add(future)
            if not flying:
                return
            future = next(arrivals)
            job = flying.pop(future.key)
            outcome = _outcome(future, job)
            future.release()
            yield outcome

    def close(self) -> None:
        """Drop all work, and end the cluster if it was made for this run."""
        with contextlib.suppress(Exception):
            self._client.unregister_worker_plugin(f"course-{self._key}")
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()

    def _next(self, waiting: Iterator[Job], flying: int) -> Iterator[Job]:
        """As many jobs as can be worked on at this moment.

        All at once would fill the memory with their contents. And Dask holds the end of a worker against all jobs that
        were with it, also those that were only waiting there.
        """
        for _ in range(max(1, sum(self._client.ncores().values())) - flying):
            job = next(waiting, None)
            if job is None:
                return
            yield job

    def _submit(self, job: Job) -> Future:
        return self._client.submit(
            _do, job, self._key, key=f"{job.student}-{job.notebook}-{job.key[:12]}", pure=False,
            resources=self._resources(job),
        )  # fmt: skip

    def _resources(self, job: Job) -> dict[str, float]:
        """What the job needs, of the resources that workers were started with (``dask worker --resources GPU=1``)."""
        wanted: dict[str, float] = {"MEMORY": self._run.limits.memory_mib * 2**20}
        if self._run.kinds[job.notebook].device != "cpu":
            wanted["GPU"] = 1
        return {name: amount for name, amount in wanted.items() if name in self._declared}


def open_cluster(where: str, run: Run, count: int) -> DaskCluster:
    """Connect to a cluster, or start one.

    Parameters
    ----------
    where : str
        ``local``, ``slurm``, or an address such as ``tcp://host:8786``.
    run : Run
        What the jobs have in common.
    count : int
        How many workers to start, where they are to be started.

    Raises
    ------
    UsageError
        If `where` is none of these, or what it needs is not installed.
    GraderError
        If there is no answer from the address.
    """
    # For schedulers that are started here; one that runs already has a setting of its own.
    dask.config.set({"distributed.scheduler.allowed-failures": _ALLOWED_FAILURES})
    if where == "local":
        cluster: Any = LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=":0")
        return DaskCluster(run, Client(cluster), cluster)
    if where == "slurm":
        cluster = slurm(run, count)
        return DaskCluster(run, Client(cluster), cluster)
    if "://" not in where:
        raise UsageError(f"--scheduler is local, slurm, or an address such as tcp://host:8786; got {where!r}")
    try:
        return DaskCluster(run, Client(where, timeout=CONNECT_SECONDS))
    except (OSError, ValueError) as error:
        raise GraderError(f"no Dask scheduler answers at {where}: start one with `dask scheduler` there") from error


def slurm(run: Run, count: int) -> Any:
    """A cluster of `count` Slurm jobs, each for one notebook at a time; what ``jobqueue.yaml`` says comes first."""
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError as error:
        raise UsageError("--scheduler slurm needs dask-jobqueue: install it with `pip install .[dask]`") from error
    amounts: dict[str, Any] = {"cores": 1, "processes": 1, "memory": f"{2 * run.limits.memory_mib} MiB"}
    configured = dask.config.get("jobqueue.slurm", default={})
    cluster = SLURMCluster(**{name: value for name, value in amounts.items() if not configured.get(name)})
    cluster.scale(jobs=count)
    return cluster


def _outcome(future: Future, job: Job) -> Outcome:
    try:
        outcome = future.result()
    except KilledWorker:
        return failed(job, "the workers that graded it ended, one after the other")
    except Exception as error:
        return failed(job, f"its worker failed: {error!r}")
    return outcome if isinstance(outcome, Outcome) else failed(job, "a worker's answer cannot be understood")

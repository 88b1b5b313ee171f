"""Worker processes of this machine, and the fork server that they come from."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from multiprocessing.reduction import send_handle

from autograder.errors import GraderError
from autograder.jobs import Job
from autograder.warm import SharedServers

_END_SECONDS = 20


@dataclass
class Worker:
    """A worker process, as the coordinator knows it.

    Attributes
    ----------
    number : int
        The fork server's for it.
    forks : ForkServerProcess
        The fork server.
    link : Connection
        For what `autograder.worker.serve` takes and gives.
    gpu : str
        The GPU that it uses, if any.
    job : Job or None
        What it is doing.
    """

    number: int
    forks: ForkServerProcess
    link: Connection
    gpu: str = ""
    job: Job | None = None

    def tell_to_end(self) -> None:
        """Have it end, at once if it is in the middle of a job."""
        self.link.close()
        if self.job is not None:
            self.forks.kill(self.number)

    def end(self) -> int | None:
        """End it and wait for that; returns its status, None if nobody knows."""
        self.tell_to_end()
        return self.forks.wait(self.number)


class ForkServerProcess:
    """A fork server, from now until it is closed.

    Parameters
    ----------
    homework : str
        Whose hidden tests its workers will need.

    Raises
    ------
    GraderError
        If there can be no more processes.
    """

    def __init__(self, homework: str) -> None:
        self._control, theirs = Pipe()
        self._asked = 0
        self._ended: dict[int, int] = {}
        with theirs:
            try:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "autograder.fork_server", str(theirs.fileno()), homework],
                    env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,  # Ctrl-C is for the coordinator, which ends its workers itself
                )
            except OSError as error:
                self._control.close()
                raise GraderError(f"no worker could be started: {error}") from error

    def fork(self, servers: SharedServers) -> Worker:
        """Ask for a worker with lines to warm servers, and don't wait for it."""
        self._asked = number = self._asked + 1
        ours, theirs = Pipe()
        lines = servers.lines()
        with theirs, contextlib.ExitStack() as open_lines:
            handles = [theirs.fileno(), *(open_lines.enter_context(line).fileno() for line, _ in lines.values())]
            self._say("start", number, [(name, str(folder)) for name, (_, folder) in lines.items()], handles=handles)
        return Worker(number, self, ours)

    def kill(self, number: int) -> None:
        """Kill a worker."""
        self._say("kill", number)

    def wait(self, number: int) -> int | None:
        """Wait for the end of a worker and return its status; kill it if that takes long."""
        with contextlib.suppress(EOFError, OSError):  # the fork server has ended, and its workers with it
            if not self._hear_of(number):
                self.kill(number)
                self._hear_of(number)
        return self._ended.pop(number, None)

    def _hear_of(self, number: int) -> bool:
        """Whether word of a worker's end comes in time."""
        while number not in self._ended:
            if not self._control.poll(_END_SECONDS):
                return False
            other, status = self._control.recv()
            self._ended[other] = status
        return True

    def close(self) -> None:
        """End it and all its workers."""
        self._control.close()
        if not self._asked:
            self.process.kill()  # else it would finish its imports first
        try:
            self.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _say(self, *message: object, handles: list[int] | None = None) -> None:
        # Where it has ended, so have its workers, and their links say so.
        with contextlib.suppress(OSError):
            self._control.send(message)
            for handle in handles or ():
                send_handle(self._control, handle, self.process.pid)


@dataclass
class Crew:
    """What a run on this machine works with; it can be there before it is known what there is to do.

    Attributes
    ----------
    homework : str
        What it will be about.
    servers : SharedServers
        What kernels come from; each worker starts servers of its own where none is there.
    """

    homework: str = ""
    servers: SharedServers = field(default_factory=SharedServers)
    _forks: ForkServerProcess | None = None

    def begin(self) -> ForkServerProcess:
        """The fork server, started if none is running."""
        if self._forks is None or self._forks.process.poll() is not None:
            self._end_forks()
            self._forks = ForkServerProcess(self.homework)
        return self._forks

    def worker(self) -> Worker:
        """A new worker."""
        return self.begin().fork(self.servers)

    def close(self) -> None:
        """End all workers and servers."""
        self._end_forks()
        self.servers.close()

    def _end_forks(self) -> None:
        if self._forks is not None:
            self._forks.close()
            self._forks = None

"""The fork server of workers: imports what grading takes, once, and forks a worker whenever it is asked for one.

    coordinator --pipe--> fork server --fork--> worker (`autograder.worker.serve`)

Started by `autograder.crew` as ``python -m autograder.fork_server FD HOMEWORK``. Over the pipe come tuples:
``("start", number, lines)``, followed by the descriptors of the worker's link and of its lines to warm servers, which
are named with their folders, and ``("kill", number)``. Back go the number and the status of each worker that has ended.
All end with the pipe.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import warnings
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import recv_handle

from jupyter_client.provisioning import KernelProvisionerFactory

from autograder import sandbox
from autograder.errors import CourseError
from autograder.kernel.imports import keep_all
from autograder.testing import load_groups
from autograder.warm import Lines
from autograder.worker import serve


class ForkServer:
    """Forks workers and tells when they end.

    Parameters
    ----------
    control : Connection
        The coordinator has its other end.
    """

    def __init__(self, control: Connection) -> None:
        self._control = control
        self._processes: dict[int, int] = {}
        self._lives: dict[int, int] = {}
        """Pipes whose other ends are open as long as the workers live, with the workers' numbers."""

    def run(self) -> tuple[Connection, Lines] | None:
        """Until the coordinator closes its end.

        Returns
        -------
        tuple of Connection and Lines, or None
            In a forked worker, what it is to serve; None at the end.
        """
        while True:
            for ready in wait([self._control, *self._lives]):
                if isinstance(ready, int):
                    self._reap(ready)
                    continue
                try:
                    what, number, *more = self._control.recv()
                except (EOFError, OSError):
                    self._end_all()
                    return None
                if what == "kill":
                    self._kill(number)
                elif work := self._start(number, *more):
                    return work

    def _start(self, number: int, lines: list[tuple[str, str]]) -> tuple[Connection, Lines] | None:
        link, *handles = [recv_handle(self._control) for _ in range(1 + len(lines))]
        life, held = os.pipe()
        process = os.fork()
        if process == 0:
            self._control.close()
            for other in (life, *self._lives):
                os.close(other)
            named = zip(lines, handles, strict=True)
            return Connection(link), {name: (handle, folder) for (name, folder), handle in named}
        for handle in (held, link, *handles):
            os.close(handle)
        self._processes[number], self._lives[life] = process, number
        return None

    def _kill(self, number: int) -> None:
        if number in self._processes:
            os.kill(self._processes[number], signal.SIGKILL)

    def _reap(self, life: int) -> None:
        os.close(life)
        number = self._lives.pop(life)
        status = os.waitstatus_to_exitcode(os.waitpid(self._processes.pop(number), 0)[1])
        with contextlib.suppress(OSError):  # the coordinator has closed it
            self._control.send((number, status))

    def _end_all(self) -> None:
        for life, number in list(self._lives.items()):
            self._kill(number)
            self._reap(life)


def _end_with_parent() -> None:
    if sys.platform == "linux":
        from autograder.kernel.room import die_with_parent

        die_with_parent()


def main() -> None:
    """Serve the pipe that the command line names by its number; in a worker, serve its link."""
    warnings.simplefilter("ignore")
    _end_with_parent()
    with contextlib.suppress(CourseError):  # a worker that is given work will say so
        load_groups(sys.argv[2])
    sandbox.inspect()
    KernelProvisionerFactory.instance()  # goes through all installed packages
    keep_all()
    work = ForkServer(Connection(int(sys.argv[1]))).run()
    if work:
        _end_with_parent()
        serve(*work)
    keep_all()


if __name__ == "__main__":
    main()

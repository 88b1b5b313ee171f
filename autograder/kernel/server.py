"""The warm server: imports what notebooks import, once, and forks a kernel for each notebook.

    grader --socket--> server --fork--> supervisor (namespaces) --fork--> kernel (rlimits, Landlock, ipykernel, seccomp)

Started by `autograder.warm_server` as ``python -m autograder.kernel.server FD [torch]`` in a box like a single
kernel's. It runs no student code itself, and no computation either: a library's pool of threads, once in use, does not
survive a fork.

The socket that it is started with brings it others, its lines, and ends it when it is closed. Over a line go JSON
objects, one a packet. To the server: ``{"start": id, "argv": [...], "env": {...}}`` and ``{"end": id}``. From it:
``{"ready": "" or why not}``, then ``{"ended": id, "status": number, "said": text}``. Kernels end with their line.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import itertools
import json
import os
import random
import resource
import select
import selectors
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from autograder.kernel import room
from autograder.kernel.confine import ENVIRONMENT_NAME, Limits
from autograder.kernel.imports import imports, keep_all

PRELOADED = (
    *("numpy", "numpy.random", "matplotlib.pyplot", "PIL.Image"),
    "autograder.kernel.app",
    *("ipykernel.kernelapp", "ipykernel.iostream", "ipykernel.debugger", "psutil", "sqlite3", "zmq", "http.client"),
    *("IPython.core.completer", "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.oinspect"),
    *("IPython.core.pylabtools", "IPython.extensions.storemagic", "tornado.platform.asyncio", "tornado.queues"),
    *("tqdm.auto", "autograder.kernel.loaders", "utils.start", "utils.layers", "utils.checks", "utils.gradcheck"),
)
"""What student code finds imported already. Nothing that reads settings when it is imported."""
TORCH = ("torch", "torch.nn.functional", "torch.utils.data", "torchvision")
"""The same where notebooks use PyTorch, which takes four times as long as all the rest."""
MAX_PACKET = 190_000
START_FAILED = 71


@dataclass
class _Running:
    """A supervisor: its process, a pipe that it outlives only by the time it takes to end, and what it may say."""

    line: socket.socket
    number: int
    process: int
    handle: int
    life: int
    said: int


class Server:
    """Forks kernels on request and tells when they end.

    Parameters
    ----------
    control : socket.socket
        Brings the lines. The grader's end is the only one that anybody else has.
    problem : str
        Why there can be no kernels, to be told to whoever asks; empty if there can.
    """

    def __init__(self, control: socket.socket, problem: str = "") -> None:
        self._control = control
        self._problem = problem
        self._selector = selectors.DefaultSelector()
        self._running: list[_Running] = []

    def serve(self) -> None:
        """Until the grader closes its end of the control socket."""
        self._selector.register(self._control, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if isinstance(key.data, _Running):
                    self._reap(key.data)
                elif key.fileobj is not self._control:
                    self._hear(key.data)
                elif not self._take_lines():
                    return

    def _take_lines(self) -> bool:
        """Take the lines that the control socket brings; whether it is still open."""
        packet, handles, _, _ = socket.recv_fds(self._control, 100, 8)
        for handle in handles:
            line = socket.socket(fileno=handle)
            self._selector.register(line, selectors.EVENT_READ, line)
            self._say(line, ready=self._problem)
        return bool(packet)

    def _hear(self, line: socket.socket) -> None:
        """Do what a line asks for; if it is closed, end its kernels."""
        try:
            packet = line.recv(MAX_PACKET)
        except OSError:
            packet = b""
        if packet:
            self._obey(line, json.loads(packet))
            return
        self._selector.unregister(line)
        for running in self._running:
            if running.line is line:
                _let_go(running)
        line.close()

    def _say(self, line: socket.socket, **message: Any) -> None:
        with contextlib.suppress(OSError):  # it is closed: that will be heard
            line.sendall(json.dumps(message).encode())

    def _obey(self, line: socket.socket, request: dict[str, Any]) -> None:
        if "start" in request:
            self._start(line, request["start"], request["argv"], request["env"])
            return
        for running in self._running:
            if running.line is line and running.number == request["end"]:
                _let_go(running)

    def _start(self, line: socket.socket, number: int, argv: list[str], env: dict[str, str]) -> None:
        held, life = os.pipe()
        heard, said = os.pipe()
        process = os.fork()
        if process == 0:
            _supervise(argv, env, held, said)
        os.close(held)
        os.close(said)
        handle = os.pidfd_open(process)
        running = _Running(line, number, process, handle, life, heard)
        self._running.append(running)
        self._selector.register(handle, selectors.EVENT_READ, running)

    def _reap(self, running: _Running) -> None:
        self._selector.unregister(running.handle)
        status = os.waitstatus_to_exitcode(os.waitpid(running.process, 0)[1])
        os.set_blocking(running.said, False)
        with contextlib.suppress(BlockingIOError):
            said = os.read(running.said, 4000)
        for handle in (running.handle, running.said, running.life):
            if handle >= 0:
                os.close(handle)
        self._running.remove(running)
        self._say(running.line, ended=running.number, status=status, said=said.decode(errors="replace"))


def _let_go(running: _Running) -> None:
    """Close the pipe that keeps a kernel alive."""
    if running.life >= 0:
        os.close(running.life)
        running.life = -1


def _supervise(argv: list[str], env: dict[str, str], held: int, said: int) -> NoReturn:
    """Make a room, start the kernel in it, and end when it ends or the server closes its end of the pipe `held`."""
    status = START_FAILED
    try:
        room.die_with_parent()
        _close_all_but(held, said)
        signal.set_wakeup_fd(-1)
        limits = Limits.loads(env[ENVIRONMENT_NAME])
        room.enter(limits)
        waiting, go = os.pipe()
        kernel = os.fork()
        if kernel == 0:
            _be_kernel(argv, env, limits, (waiting, go, held, said))
        room.furnish(limits, kernel)
        os.write(go, b"!")
        os.close(said)
        status = _watch(kernel, held, limits.cpu_seconds)
    except BaseException as error:
        _tell(said, error)
    finally:
        os._exit(status)


def _watch(kernel: int, held: int, cpu_seconds: int) -> int:
    """Wait for the kernel, and end it when the pipe is closed; 128 and the signal if a signal ended it.

    The first process of a namespace cannot kill itself: it was killed from outside, or by the system for the processor
    time that it used, which is told as the signal that it then ignored.
    """
    handle = os.pidfd_open(kernel)
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    poll.register(held, select.POLLIN | select.POLLHUP)
    if all(ready != handle for ready, _ in poll.poll()):
        os.kill(kernel, signal.SIGKILL)
    # The system reports the end of a namespace's first process when all others in there have ended.
    _, ended, used = os.wait4(kernel, 0)
    status = os.waitstatus_to_exitcode(ended)
    if status == -signal.SIGKILL and used.ru_utime + used.ru_stime >= cpu_seconds:
        status = -signal.SIGXCPU
    return status if status >= 0 else 128 - status


def _be_kernel(argv: list[str], env: dict[str, str], limits: Limits, pipes: tuple[int, int, int, int]) -> NoReturn:
    """The kernel's process: wait for the room, forget what is the server's, and run."""
    waiting, go, held, said = pipes
    status = START_FAILED
    try:
        room.die_with_parent()
        os.close(go)
        os.close(held)
        if os.read(waiting, 1) != b"!":
            os._exit(START_FAILED)
        os.close(waiting)
        os.chdir(limits.work_dir)
        os.environ.clear()
        os.environ.update({name: value for name, value in env.items() if name != ENVIRONMENT_NAME})
        _forget(argv)
        from autograder.kernel.launch import run

        # The supervisor has become the user already.
        run(replace(limits, user=None), argv, before_start=lambda: os.close(said))
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException as error:
        _tell(said, error)
    finally:
        os._exit(status)


def _forget(argv: list[str]) -> None:
    """What a fresh process has of its own: arguments, randomness, a place for temporary files."""
    import numpy as np

    sys.argv = ["kernel", *argv]
    random.seed()
    np.random.seed()
    tempfile.tempdir = None
    tempfile._name_sequence = None  # type: ignore[attr-defined]


def _close_all_but(*kept: int) -> None:
    """The grader's socket and the other kernels' pipes are not to be found in this process."""
    last = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    edges = [2, *sorted(kept), min(last, 65536)]
    for low, high in itertools.pairwise(edges):
        os.closerange(low + 1, high)


def _tell(said: int, error: BaseException) -> None:
    with contextlib.suppress(OSError):
        os.write(said, "".join(traceback.format_exception_only(error)).encode()[:2000])


def preload(names: Iterable[str]) -> None:
    """Import what notebooks import, and set aside what is in memory so that forks go on sharing it."""
    # As ipykernel would say it later, when matplotlib no longer asks. The backend itself is left to the kernels: it
    # looks for a notebook to show figures in when it is imported.
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    with imports():
        for name in names:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        _draw_once()
        importlib.import_module("autograder.kernel.app").make_shell()  # last: what is imported may look for a shell
    gc.collect()
    keep_all()


def _draw_once() -> None:
    """Have matplotlib look for fonts and learn to set formulas, which takes it longer than to draw."""
    with contextlib.suppress(ImportError):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure()
        axes = figure.subplots()
        axes.plot([1, 2], label="$x$")
        axes.set(title="title", xlabel="label")
        axes.legend()
        FigureCanvasAgg(figure).print_png(io.BytesIO())


def try_room(limits: Limits) -> str:
    """Make a room as a kernel's, once; why that fails here, or nothing."""
    heard, said = os.pipe()
    folder = Path(limits.connection_dir, "trial")
    folder.mkdir(mode=0o755)
    process = os.fork()
    if process == 0:
        try:
            room.enter(replace(limits, connection_dir=str(folder)))
            inner = os.fork()
            if inner == 0:
                signal.pause()
            room.furnish(replace(limits, connection_dir=str(folder)), inner)
            os.kill(inner, signal.SIGKILL)
            os.write(said, b"ok")
        except BaseException as error:
            _tell(said, error)
        finally:
            os._exit(0)
    os.close(said)
    os.waitpid(process, 0)
    answer = os.read(heard, 4000).decode(errors="replace")
    os.close(heard)
    folder.rmdir()
    return "" if answer == "ok" else answer.strip() or "no room could be made"


def main() -> None:
    """Serve the socket that the command line names by its number."""
    control = socket.socket(fileno=int(sys.argv[1]))
    limits = Limits.from_environment()
    problem = try_room(limits)
    if not problem:
        preload((*PRELOADED, *TORCH) if "torch" in sys.argv[2:] else PRELOADED)
    Server(control, problem).serve()


if __name__ == "__main__":
    main()

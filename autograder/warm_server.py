"""The grader's end of a warm server (`autograder.kernel.server`): its process, and lines to it.

The process belongs to whoever started it and ends with them. Kernels are asked for over a line, of which a server may
have many: the workers of a pool share one, so that what kernels import is imported once for all of them. What a line
has asked for ends with the line.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

from autograder import sandbox
from autograder.errors import KernelStartFailed
from autograder.kernel.server import MAX_PACKET
from autograder.sandbox import Launch, Policy

START_SECONDS = 120
_END_SECONDS = 30
_KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)  # the supervisor, or the kernel as its supervisor says it


class ServerProcess:
    """A server, from now until it is closed.

    Parameters
    ----------
    policy : Policy
        What its box shows, and the threads of its kernels.
    torch : bool
        Whether to import PyTorch ahead.

    Attributes
    ----------
    folder : Path
        Where its kernels' folders of sockets have to be.
    problem : str
        Why it could not be started, if so.
    """

    def __init__(self, policy: Policy, torch: bool = True) -> None:
        self._policy = policy
        self._torch = torch
        self.problem = ""
        self.folder = Path(tempfile.mkdtemp(prefix="cw-", dir=sandbox.connections_parent()))
        self.folder.chmod(0o711)  # the kernels of a server that is root are other users
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # The thread that starts the server stays, because the server ends with it.
        self._thread = threading.Thread(target=self._run, args=(theirs,), name="warm-server", daemon=True)
        self._thread.start()

    def line(self) -> socket.socket:
        """A new line to it; what is said there waits until it is up.

        Raises
        ------
        KernelStartFailed
            If it has ended.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                socket.send_fds(self._control, [b"line"], [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise KernelStartFailed(f"no warm server: {self.problem or 'it has ended'}") from error
        return ours

    def close(self) -> None:
        """End the server and all its kernels."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._thread.join(_END_SECONDS)

    def _run(self, theirs: socket.socket) -> None:
        """The server's life, in a thread: start it, wait until either side hangs up, and see that nothing is left."""
        with self._control:
            try:
                with theirs:
                    process = self._launch(theirs)
            except Exception as error:
                self.problem = str(error)
            else:
                with contextlib.suppress(OSError):
                    self._control.recv(1)  # it says nothing: this is its end, or ours
                sandbox.kill(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _launch(self, theirs: socket.socket) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-m", "autograder.kernel.server", str(theirs.fileno())]
        argv += ["torch"] * self._torch
        launch = sandbox.command(self._policy, argv, self.folder)
        # The user in its environment is for a trial; the server stays who it is, and the folder its own.
        launch = replace(launch, limits=replace(launch.limits, user=None))
        return sandbox.start(launch, pass_fds=(theirs.fileno(),))


class WarmProcess:
    """A kernel of a warm server, as far as Jupyter wants to know it.

    Attributes
    ----------
    pid : int
        The line's number for it; not a number of the system's.
    server : WarmServer
        Whose it is.
    returncode : int or None
        As `subprocess.Popen` has it, None while it runs.
    said : str
        Why it could not start or who ended it, if that was not its own doing.
    """

    def __init__(self, number: int, server: WarmServer) -> None:
        self.pid = number
        self.server = server
        self.returncode: int | None = None
        self.said = ""
        self._ended = threading.Event()

    def poll(self) -> int | None:
        """How it ended, or None."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait until it ends; None if that takes longer than `timeout` seconds."""
        self._ended.wait(timeout)
        return self.returncode

    def end(self, status: int, said: str = "") -> None:
        """Note that it has ended."""
        self.returncode, self.said = status, said
        self._ended.set()


class WarmServer:
    """A server as one line shows it.

    Parameters
    ----------
    line : socket.socket
        From `ServerProcess.line`, here or in the process that started this one.
    folder : Path
        The server's.

    Raises
    ------
    KernelStartFailed
        If it does not come up; the message says why.
    """

    def __init__(self, line: socket.socket, folder: Path) -> None:
        self.folder = folder
        self.alive = False
        self._line = line
        self._numbers = itertools.count(1)
        self._kernels: dict[int, WarmProcess] = {}
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._problem = "it ended before it was ready"
        self._thread = threading.Thread(target=self._listen, name="warm-server-line", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            self._problem = "it did not come up in time"
        if not self.alive:
            self.close()
            raise KernelStartFailed(f"no warm server: {self._problem}")

    def start(self, launch: Launch, argv: list[str]) -> WarmProcess:
        """Fork a kernel with the limits and the environment of `launch`."""
        with self._lock:
            process = WarmProcess(next(self._numbers), self)
            if not self.alive:
                process.end(-9, "its warm server has ended")
                return process
            self._kernels[process.pid] = process
            request = json.dumps({"start": process.pid, "argv": argv, "env": launch.env}).encode()
            try:
                self._line.sendall(request)
            except OSError as error:
                process.end(-9, f"its warm server cannot be reached: {error}")
        return process

    def end(self, process: WarmProcess) -> None:
        """End a kernel and wait until nothing of it is left."""
        if process.poll() is None:
            with contextlib.suppress(OSError), self._lock:
                self._line.sendall(json.dumps({"end": process.pid}).encode())
            if process.wait(_END_SECONDS) is None:
                self.close()

    def close(self) -> None:
        """Hang up, which ends the kernels that this line has asked for."""
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._thread.join(_END_SECONDS)

    def _listen(self) -> None:
        try:
            while packet := self._receive():
                self._note(json.loads(packet))
        finally:
            self.alive = False
            self._ready.set()
            with self._lock:
                for kernel in self._kernels.values():
                    kernel.end(-9, "its warm server has ended")
                self._kernels.clear()
            self._line.close()

    def _receive(self) -> bytes:
        try:
            return self._line.recv(MAX_PACKET)
        except OSError:
            return b""

    def _note(self, message: dict[str, object]) -> None:
        if "ready" in message:
            self._problem = str(message["ready"])
            self.alive = not self._problem
            self._ready.set()
            return
        with self._lock:
            kernel = self._kernels.pop(int(str(message["ended"])), None)
        if kernel is not None:
            status, said = int(str(message["status"])), str(message["said"])
            kernel.end(status, said or ("it was killed from outside" if status in _KILLED else ""))

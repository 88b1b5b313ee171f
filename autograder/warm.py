"""Kernels from a warm server: ready in a tenth of a second, because what they import has been imported before.

The server (`autograder.kernel.server`) runs in a box like a single kernel's; each kernel is forked from it into a room
of its own. Where that cannot be had, a launcher of fresh kernels is used instead, and says why.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
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
from autograder.layers import inspect
from autograder.provisioner import KernelProcess, Launcher
from autograder.sandbox import ConfinedLauncher, Launch, Policy

VARIABLE = "COURSE_KERNELS"
"""The environment variable that says ``fresh`` where no warm server is wanted."""
START_SECONDS = 120
_END_SECONDS = 30
_KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)  # the supervisor, or the kernel as its supervisor says it


class WarmProcess:
    """A kernel of a warm server, as far as Jupyter wants to know it.

    Attributes
    ----------
    pid : int
        The server's number for it; not a number of the system's.
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
    """The grader's end of one server.

    Parameters
    ----------
    policy : Policy
        What kernels may see and use. Each server has one.
    torch : bool
        Whether to import PyTorch ahead.

    Raises
    ------
    KernelStartFailed
        If it does not come up; the message says why.
    """

    def __init__(self, policy: Policy, torch: bool = True) -> None:
        self.policy = policy
        self.torch = torch
        self.folder = Path(tempfile.mkdtemp(prefix="cw-", dir=sandbox.connections_parent()))
        self.folder.chmod(0o711)  # the kernels of a server that is root are other users
        self._numbers = itertools.count(1)
        self._kernels: dict[int, WarmProcess] = {}
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._problem = "it did not come up in time"
        self.alive = False
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # The thread that starts the server stays, because the server ends with it.
        self._thread = threading.Thread(target=self._run, args=(theirs,), name="warm-server", daemon=True)
        self._thread.start()
        self._ready.wait(START_SECONDS)
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
                self._socket.sendall(request)
            except OSError as error:
                process.end(-9, f"its warm server cannot be reached: {error}")
        return process

    def end(self, process: WarmProcess) -> None:
        """End a kernel and wait until nothing of it is left."""
        if process.poll() is None:
            with contextlib.suppress(OSError), self._lock:
                self._socket.sendall(json.dumps({"end": process.pid}).encode())
            if process.wait(_END_SECONDS) is None:
                self.close()

    def close(self) -> None:
        """End the server and all its kernels."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(_END_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, theirs: socket.socket) -> None:
        """The server's life, in a thread: start it, take note of what it says, clean up after it."""
        try:
            process = self._launch(theirs)
        except Exception as error:
            self._problem = str(error)
            self._ready.set()
            return
        try:
            while packet := self._receive():
                self._note(json.loads(packet))
        finally:
            self.alive = False
            sandbox.kill(process)
            self._ready.set()
            with self._lock:
                for kernel in self._kernels.values():
                    kernel.end(-9, "its warm server has ended")
                self._kernels.clear()
            self._socket.close()

    def _launch(self, theirs: socket.socket) -> subprocess.Popen[bytes]:
        with theirs:
            argv = [sys.executable, "-m", "autograder.kernel.server", str(theirs.fileno())]
            argv += ["torch"] * self.torch
            launch = sandbox.command(self.policy, argv, self.folder)
            # The user in its environment is for a trial; the server stays who it is, and the folder its own.
            launch = replace(launch, limits=replace(launch.limits, user=None))
            return sandbox.start(launch, pass_fds=(theirs.fileno(),))

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(MAX_PACKET)
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


class WarmServers:
    """The server of a process: started with the first kernel, and again if it has ended.

    Parameters
    ----------
    box : Policy
        What its box shows: all that any of its kernels may read.
    torch : bool
        Whether its kernels are to find PyTorch imported.
    """

    def __init__(self, box: Policy, torch: bool = True) -> None:
        self.box = box
        self.torch = torch
        self._server: WarmServer | None = None
        self._lock = threading.Lock()

    def running(self) -> WarmServer:
        """A server that is alive.

        Raises
        ------
        KernelStartFailed
            If none comes up.
        """
        with self._lock:
            if self._server is None or not self._server.alive:
                self._close()
                self._server = WarmServer(self.box, self.torch)
            return self._server

    def close(self) -> None:
        """End the server and its kernels."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


class WarmLauncher:
    """Starts and ends kernels of one policy by way of a warm server."""

    def __init__(self, policy: Policy, servers: WarmServers) -> None:
        self.policy = policy
        self.warnings = sandbox.require(policy.mode)
        self._servers = servers

    def connections(self) -> str | None:
        """Where kernels' folders of sockets have to be: what the box shows."""
        return str(self._servers.running().folder)

    def start(self, argv: list[str], connection_dir: Path) -> KernelProcess:
        """Fork a kernel with the arguments of the Python command `argv`."""
        server = self._servers.running()
        if not connection_dir.is_relative_to(server.folder):
            raise KernelStartFailed("the warm server has ended between two steps of a kernel's start")
        launch = sandbox.command(self.policy, argv, connection_dir)
        sandbox.hand_over(launch)
        return server.start(launch, argv[argv.index("-f") :])

    def kill(self, process: KernelProcess) -> None:
        """End the kernel and everything that it started, and wait until it is gone."""
        assert isinstance(process, WarmProcess)
        process.server.end(process)

    def close(self) -> None:
        """The server stays: other launchers use it."""


class Launchers:
    """Launchers of warm kernels where they can be had, else of fresh ones, all for one process.

    Attributes
    ----------
    notes : list of str
        Why kernels start afresh, if they do.
    """

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._servers: dict[str, WarmServers] = {}
        self._launchers: dict[str, Launcher] = {}

    def get(self, policy: Policy, box: Policy, torch: bool = True) -> Launcher:
        """The launcher for a policy, by way of a server whose box shows what `box` allows.

        Without `torch`, PyTorch is not imported ahead: for notebooks that do not use it, and start sooner so.

        Raises
        ------
        autograder.errors.SandboxUnavailable
            If a layer of confinement is missing and the policy's mode does not allow that.
        """
        key = repr((policy, torch))
        if key not in self._launchers:
            reason = why_not_warm(policy)
            if not reason:
                servers = self._servers.setdefault(repr((box, torch)), WarmServers(box, torch))
                try:
                    servers.running()
                except (KernelStartFailed, OSError) as error:
                    reason = str(error)
            if reason:
                self.notes.append(f"kernels start afresh: {reason}")
                self._launchers[key] = ConfinedLauncher(policy)
            else:
                self._launchers[key] = WarmLauncher(policy, servers)
        return self._launchers[key]

    def close(self) -> None:
        """End all servers."""
        for servers in self._servers.values():
            servers.close()


def why_not_warm(policy: Policy) -> str:
    """Why kernels have to start afresh here; empty if they need not."""
    if os.environ.get(VARIABLE) == "fresh":
        return f"{VARIABLE} asks for it"
    if policy.mode == "off":
        return "the sandbox is off, and without it nothing keeps the kernels of one server apart"
    report = inspect()
    missing = [layer.name for layer in report.layers if layer.name in ("bubblewrap", "landlock") and not layer.holds]
    if missing:
        return f"{' and '.join(missing)} would have to keep the kernels of one server apart, and cannot be had"
    if policy.limits.gpu_devices:
        return "the notebook gets a GPU, and CUDA is not safe in a forked process"
    return ""

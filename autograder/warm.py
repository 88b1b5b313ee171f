"""Kernels from a warm server: ready in a tenth of a second, because what they import has been imported before.

The server (`autograder.warm_server`) runs in a box like a single kernel's; each kernel is forked from it into a room of
its own. Where that cannot be had, a launcher of fresh kernels is used instead, and says why.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import sandbox
from autograder.errors import KernelStartFailed
from autograder.layers import inspect
from autograder.sandbox import ConfinedLauncher, Launch, Policy
from autograder.warm_server import ServerProcess, WarmProcess, WarmServer

if TYPE_CHECKING:
    from autograder.provisioner import KernelProcess, Launcher

VARIABLE = "COURSE_KERNELS"
"""The environment variable that says ``fresh`` where no warm server is wanted."""
Lines = Mapping[str, tuple[int, str]]
"""File descriptor and folder of servers that other processes have started, by their `name_of`."""


class WarmServers:
    """The server of a process: there from the first kernel on, and again if it has ended.

    Parameters
    ----------
    box : Policy
        What its box shows: all that any of its kernels may read.
    torch : bool
        Whether its kernels are to find PyTorch imported.
    shared : tuple of int and str, optional
        A server that another process has started, to be used as long as it lives.
    """

    def __init__(self, box: Policy, torch: bool = True, shared: tuple[int, str] | None = None) -> None:
        self.box = box
        self.torch = torch
        self._shared = shared
        self._process: ServerProcess | None = None
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
                self._server = self._open()
            return self._server

    def _open(self) -> WarmServer:
        if self._shared is not None:
            (line, folder), self._shared = self._shared, None
            return WarmServer(socket.socket(fileno=line), Path(folder))
        self._process = ServerProcess(self.box, self.torch)
        try:
            return WarmServer(self._process.line(), self._process.folder)
        except KernelStartFailed as error:
            problem = self._process.problem
            self._close()
            raise KernelStartFailed(f"no warm server: {problem}") if problem else error from error

    def close(self) -> None:
        """End the server, or leave the one that is shared."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._process is not None:
            self._process.close()
            self._process = None


class SharedServers:
    """Servers that the workers of a pool share; they are started before there are workers."""

    def __init__(self) -> None:
        self._processes: dict[str, ServerProcess] = {}

    def begin(self, box: Policy, torch: bool) -> None:
        """Start a server for kernels of `box`, if kernels can be warm here, and don't wait for it."""
        if not why_not_warm(box):
            self._processes[name_of(box, torch)] = ServerProcess(box, torch)

    def lines(self) -> dict[str, tuple[socket.socket, Path]]:
        """A new line to each that is alive, with its folder, for one worker."""
        lines = {}
        for name, process in self._processes.items():
            try:
                lines[name] = (process.line(), process.folder)
            except KernelStartFailed:
                continue  # the worker starts one of its own, or learns why there can be none
        return lines

    def close(self) -> None:
        """End them and all their kernels."""
        while self._processes:
            self._processes.popitem()[1].close()


def name_of(box: Policy, torch: bool) -> str:
    """A short name for servers of one kind."""
    return sha256(repr((box, torch)).encode()).hexdigest()[:16]


class WarmLauncher:
    """Starts and ends kernels of one policy by way of a warm server."""

    def __init__(self, policy: Policy, servers: WarmServers) -> None:
        self.policy = policy
        self.warnings = sandbox.require(policy.mode)
        self._servers = servers
        self._first: Launch | None = None

    def connections(self) -> str | None:
        """Where kernels' folders of sockets have to be: what the box shows."""
        return str(self._servers.running().folder)

    def start(self, argv: list[str], connection_dir: Path) -> KernelProcess:
        """Fork a kernel with the arguments of the Python command `argv`."""
        server = self._servers.running()
        if not connection_dir.is_relative_to(server.folder):
            raise KernelStartFailed("the warm server has ended between two steps of a kernel's start")
        # What kernels of one policy may see is looked up for the first of them.
        self._first = self._first or sandbox.command(self.policy, argv, connection_dir)
        launch = sandbox.within(self._first, connection_dir)
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

    Parameters
    ----------
    lines : mapping, optional
        Servers that are there already.

    Attributes
    ----------
    notes : list of str
        Why kernels start afresh, if they do.
    """

    def __init__(self, lines: Lines | None = None) -> None:
        self._lines = lines or {}
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
                name = name_of(box, torch)
                servers = self._servers.setdefault(name, WarmServers(box, torch, self._lines.get(name)))
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

"""One kernel and the conversation with it: cells run through nbclient, the grader's calls by a channel of ours.

The kernel is not trusted. What it sends is read with limits on size and time, and anything that cannot be understood
counts as the student's failure. The conversation runs on an event loop in a thread of its own, so that callers, which
may or may not have a loop of their own (nbgrader has, in its web pages), simply call.
"""

from __future__ import annotations

import asyncio
import select
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import zmq
import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.client import CellExecutionComplete
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from autograder.assignment import Limits
from autograder.client import START_SECONDS, KernelClient, PlainSession
from autograder.errors import CourseError, KernelDied, KernelLost, KernelStartFailed, OutOfTime, StudentError
from autograder.kernel import calls, wire
from autograder.outputs import Outputs
from autograder.provisioner import LaunchedProvisioner, Launcher

_CHANNELS = 4
"""The kernel's sockets: all of Jupyter's but the heartbeat."""
_KILLED = (-9, 128 + 9)  # by SIGKILL: as the system says it, and as a process says it of its child
GRACE_SECONDS = 5
T = TypeVar("T")


class KernelManager(AsyncKernelManager):
    """Starts kernels from a launcher, over unix sockets in a private folder."""

    def __init__(self, folder: Path, **kwargs: Any) -> None:
        super().__init__(
            transport="ipc",
            ip=str(folder / "s"),
            connection_file=str(folder / "connection.json"),
            session=PlainSession(),
            **kwargs,
        )
        self._kernel_spec = KernelSpec(
            argv=[
                sys.executable,
                "-m",
                "autograder.kernel.launch",
                "-f",
                "{connection_file}",
            ],
            display_name="course",
            language="python",
            interrupt_mode="message",
            metadata={"kernel_provisioner": {"provisioner_name": "course-launched"}},
        )
        self.client_factory = KernelClient
        # libzmq drops a peer whose message is larger, before it is held in the grader's memory.
        self.context = zmq.asyncio.Context()
        self.context.setsockopt(zmq.MAXMSGSIZE, wire.MAX_BYTES + 2**20)

    def client(self, **kwargs: Any) -> AsyncKernelClient:  # type: ignore[override]
        """A client whose sockets are made with this limit; Jupyter would give it a context of its own."""
        return super().client(context=self.context, **kwargs)


class CellClient(NotebookClient):
    """Runs single cells; keeps an output only if it is well formed and there is room for it."""

    outputs: Outputs

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Take one message of the kernel; ill-formed ones are ignored."""
        if msg.get("msg_type") == "status":
            if msg.get("content", {}).get("execution_state") == "idle":
                # Not by way of nbclient, which would take an execution count of any kind from the message.
                raise CellExecutionComplete
        else:
            self.outputs.take(msg)
        return None


def _how(status: int | None) -> str:
    """The signal that a process ended by, for a message; nothing if it ended by itself."""
    number = -status if status is not None and status < 0 else (status or 0) - 128
    return f" ({signal.Signals(number).name})" if number in set(signal.Signals) else ""


class KernelSession:
    """A kernel, from its start to its end; use it as a context manager.

    Parameters
    ----------
    launcher : Launcher
        Where the process comes from.
    limits : Limits
        Seconds for a cell and a call, and how much output is kept.
    blame_kills : bool
        Whether a kernel that was killed without a reason that can be seen was killed by its own code: to be assumed
        when it happens again.

    Raises
    ------
    KernelStartFailed
        On entry, if no kernel comes up; the submission is not to blame.
    """

    def __init__(self, launcher: Launcher, limits: Limits, blame_kills: bool = False) -> None:
        self.launcher = launcher
        self.limits = limits
        self.blame_kills = blame_kills
        self.dead = True
        self._serving = False
        self._folder = Path()
        self._calls: socket.socket | None = None
        self._readable = select.poll()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="kernel-session", daemon=True)

    def __enter__(self) -> KernelSession:
        self._thread.start()
        try:
            self._start()
        except KernelStartFailed:
            # One failed start in a thousand has been seen without a cause; a second one is a cause.
            try:
                self._start()
            except KernelStartFailed:
                self._stop_loop()
                raise
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(Exception):
            self._await(self._close())
        self._stop_loop()

    def _start(self) -> None:
        # Unix sockets' paths may have 107 bytes at most, so the folder is near the root.
        self._folder = Path(tempfile.mkdtemp(prefix="ck-", dir=self.launcher.connections()))
        try:
            self._await(self._open())
        except Exception as error:
            with suppress(Exception):
                self._await(self._close())
            raise KernelStartFailed(f"no kernel came up: {error}") from error
        self.dead = False

    def _stop_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _open(self) -> None:
        self._manager = KernelManager(self._folder)
        self._client = CellClient(
            NotebookNode(cells=[], metadata={}),
            km=self._manager,
            timeout=self.limits.cell_seconds,
            startup_timeout=START_SECONDS,
            allow_errors=True,
            interrupt_on_timeout=True,
            error_on_timeout={"ename": "CellTimeoutError", "evalue": "", "traceback": []},
            iopub_timeout=GRACE_SECONDS,
            raise_on_iopub_timeout=True,
            store_widget_state=False,
        )
        self._client.log.setLevel("CRITICAL")
        await self._manager.start_kernel(launcher=self.launcher)
        await self._sockets_are_there()
        self._calls = calls.connect(self._folder, self.limits.call_seconds + GRACE_SECONDS)
        self._readable.register(self._calls, select.POLLIN)
        await self._client.async_start_new_kernel_client()

    async def _sockets_are_there(self) -> None:
        """Connecting earlier would work too, but try again only every now and then."""
        deadline = time.monotonic() + START_SECONDS
        while len(list(self._folder.glob("s-*"))) < _CHANNELS:
            status = await self._provisioner.poll()
            if status is not None:
                said = getattr(self._provisioner.process, "said", "")
                raise RuntimeError(f"its process ended with status {status} {said}".strip())
            if time.monotonic() > deadline:
                raise RuntimeError(f"it opened no channels in {START_SECONDS} s")
            await asyncio.sleep(0.004)

    async def _close(self) -> None:
        self.dead = True
        try:
            if self._client.kc is not None:
                self._client.kc.stop_channels()
            if self._manager.has_kernel:
                await self._provisioner.kill()
            await self._manager.cleanup_resources()
        finally:
            if self._calls is not None:
                self._calls.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            self._manager.context.destroy(linger=0)
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _provisioner(self) -> LaunchedProvisioner:
        assert isinstance(self._manager.provisioner, LaunchedProvisioner)
        return self._manager.provisioner

    def run_cell(self, cell: NotebookNode, seconds: float) -> None:
        """Run a code cell; its outputs, an error among them, are put into it.

        Raises
        ------
        OutOfTime
            If it was over its time and has been interrupted; the session can be used further unless it is `dead`.
        KernelDied
            If the cell ended the kernel.
        KernelLost
            If something else did.
        StudentError
            If what the kernel sent cannot be understood; the session is dead.
        """
        self._client.outputs = Outputs(cell, self.limits.output_kib * 1024)
        self._client.timeout = max(1, round(min(seconds, self.limits.cell_seconds)))
        self._client.nb.cells = [cell]
        started = time.monotonic()
        try:
            self._await(self._bounded(self._client.async_execute_cell(cell, 0), self._client.timeout))
        except DeadKernelError as error:
            self.dead = True
            raise self._death("the kernel ended while this cell ran") from error
        except (TimeoutError, CellTimeoutError) as error:
            self.dead = True
            if time.monotonic() - started < self._client.timeout:
                raise StudentError(
                    "the kernel stopped telling what it does; was more printed or shown at once than "
                    f"{wire.MAX_BYTES // 2**20} MiB?"
                ) from error
            raise OutOfTime(self._too_long(started) + " and did not react to being interrupted") from error
        except Exception as error:
            self.dead = True
            raise StudentError("the kernel sent something that the grader cannot read") from error
        if time.monotonic() - started >= self._client.timeout:
            raise OutOfTime(self._too_long(started) + " and was interrupted")

    async def _bounded(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """No conversation lasts longer than its budget, whatever the kernel says or keeps to itself."""
        return await asyncio.wait_for(work, seconds + 3 * GRACE_SECONDS)

    def _too_long(self, started: float) -> str:
        return f"it ran longer than {time.monotonic() - started:.0f} s"

    def ask(self, frames: list[bytes]) -> Sequence[bytes]:
        """Send the frames of a request to the notebook's responder and return those of the reply.

        From the first request on, no more cells can be run.

        Raises
        ------
        OutOfTime
            If there is no answer in time; the session is dead if interrupting did not help.
        KernelDied
            If the call ended the kernel.
        KernelLost
            If something else did.
        StudentError
            If what the kernel sent cannot be understood; the session is dead.
        """
        try:
            if not self._serving:
                self._serving = True
                self._await(self._say(calls.SERVE))
            return self._exchange(frames)
        except CourseError:
            raise
        except (EOFError, OSError) as error:
            raise self._gone() from error
        except Exception as error:
            self.dead = True
            raise StudentError("the kernel sent something that the grader cannot read") from error

    async def _say(self, kind: str) -> None:
        client = self._client.kc
        assert client is not None
        client.session.send(client.shell_channel.socket, client.session.msg(kind))

    def _exchange(self, frames: list[bytes]) -> Sequence[bytes]:
        assert self._calls is not None
        deadline = time.monotonic() + self.limits.call_seconds
        try:
            calls.send(self._calls, frames)
            return calls.receive(self._calls, lambda: self._until_readable(deadline))
        except TimeoutError:
            too_long = OutOfTime(f"it ran longer than {self.limits.call_seconds} s")
        with suppress(Exception):
            self._await(self._interrupt())
        try:
            deadline = time.monotonic() + GRACE_SECONDS
            calls.receive(self._calls, lambda: self._until_readable(deadline))
        except TimeoutError:
            self.dead = True
        raise too_long

    async def _interrupt(self) -> None:
        await asyncio.wait_for(self._manager.interrupt_kernel(), GRACE_SECONDS)

    def _until_readable(self, deadline: float) -> None:
        """Wait for the kernel to say something.

        Raises
        ------
        TimeoutError
            If it does not until `deadline`.
        EOFError
            If its process has ended, though a process that it left behind may hold the channel open.
        """
        while True:
            left = deadline - time.monotonic()
            if self._readable.poll(1000 * max(0.0, min(left, 0.5))):
                return
            if left <= 0:
                raise TimeoutError
            if self._process_status() is not None:
                raise EOFError

    def _process_status(self) -> int | None:
        process = self._provisioner.process
        return process.poll() if process is not None else None

    def _gone(self) -> CourseError:
        """What to raise when the channel of calls is closed, which is seen before the end of the process."""
        self.dead = True
        deadline = time.monotonic() + GRACE_SECONDS
        while self._process_status() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        if self._process_status() is None:
            return StudentError("the kernel closed the channel that the grader calls it by")
        return self._death("the kernel ended while it ran")

    def _death(self, message: str) -> CourseError:
        """What to raise when the kernel is gone: whose doing it was can be told from how its process ended."""
        status, said = self._process_status(), getattr(self._provisioner.process, "said", "")
        if said or (status in _KILLED and not self.blame_kills):
            return KernelLost(f"{message}: {said or 'it was killed from outside'}")
        return KernelDied(f"{message}{_how(status)}")

    def mute(self) -> None:
        """Listen to outputs no longer: what hidden tests put in must not come out through a `print`."""
        client = self._client.kc
        if client is not None:
            self._loop.call_soon_threadsafe(client.iopub_channel.stop)

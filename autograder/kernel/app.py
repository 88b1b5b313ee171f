"""The kernel that runs a submission: ipykernel, confined, and with a channel of ours for calls by the grader."""

from __future__ import annotations

import socket
import sys
import threading
from pathlib import Path
from typing import Any

from ipykernel import zmqshell
from ipykernel.compiler import XCachingCompiler
from ipykernel.iostream import OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from IPython.core.profiledir import ProfileDir
from IPython.paths import get_ipython_dir
from traitlets import Type
from traitlets.config import Config

from autograder.kernel import calls
from autograder.kernel.responder import Responder

# Nobody debugs a submission while it is graded, and the debugger takes two thirds of the time that a kernel starts in.
sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]


class Output(OutStream):
    """What cells print. It is flushed four times a cell, by way of another thread; mostly there is nothing to flush."""

    _written = False

    def write(self, string: str) -> int | None:  # type: ignore[override]
        """Take text, to be sent a moment later."""
        self._written = True
        return super().write(string)

    def flush(self) -> None:
        """If something was written since the last time, see that it is on its way before anything else is.

        Whether the other thread has already taken it does not tell: it may not have put it into the queue yet.
        """
        if self._written:
            self._written = False
            super().flush()


class ZMQInteractiveShell(zmqshell.ZMQInteractiveShell):
    """Transforms a cell once; ipykernel asks for it to choose how to run the cell, then IPython to run it.

    It has its base's name, by which libraries know that they are in a notebook.
    """

    transformed: tuple[str, str] | None = None

    def transform_cell(self, raw_cell: str) -> str:
        """Turn magics and the like into Python."""
        kept, self.transformed = self.transformed, None
        if kept is not None and kept[0] == raw_cell:
            return kept[1]
        self.transformed = (raw_cell, super().transform_cell(raw_cell))
        return self.transformed[1]


class NoSubshells:
    """In the place of the thread that hands messages to subshells, of which there are none here."""

    parent_thread = threading.main_thread()

    def __bool__(self) -> bool:
        return False


class CourseKernel(IPythonKernel):
    """An IPython kernel that, once told to, answers the grader's calls."""

    shell_class = Type(ZMQInteractiveShell)
    _supports_kernel_subshells = False
    msg_types = [*IPythonKernel.msg_types, calls.SERVE]  # noqa: RUF012 -- as ipykernel has it
    _execute_sleep = 0.0
    """Jupyter's pause after each cell, for front ends that open a socket for each."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        assert isinstance(self.shell, ZMQInteractiveShell)
        # A shell that was there before the kernel does not know it yet.
        self.shell.kernel = self.shell.parent = self
        self.shell.starting_dir = str(Path.cwd())
        self._responder = Responder(self.shell.user_ns)

    def _publish_execute_input(self, code: str, parent: dict[str, Any], execution_count: int) -> None:
        """Nobody else looks on, to be told what the grader has sent."""

    async def do_execute(self, *args: Any, **kwargs: Any) -> Any:
        """Run a cell; what the shell made of another before, of the same text perhaps, does not count."""
        assert isinstance(self.shell, ZMQInteractiveShell)
        self.shell.transformed = None
        return await super().do_execute(*args, **kwargs)

    async def interrupt_request(self, stream: Any, ident: Any, parent: dict[str, Any]) -> None:
        """Interrupt a cell, also one that awaits something: the signal alone does not wake the loop that waits."""
        await super().interrupt_request(stream, ident, parent)
        self.io_loop.add_callback(lambda: None)

    async def course_serve(self, stream: Any, ident: Any, parent: dict[str, Any]) -> None:
        """Answer calls from here on, in the main thread, where interrupts arrive."""
        assert isinstance(self.parent, CourseKernelApp)
        calls.serve(self.parent.listener, self._responder)


class CourseKernelApp(IPKernelApp):
    """Starts the kernel without a history file, user configuration or start-up files of the account it runs under."""

    kernel_class = CourseKernel
    outstream_class = f"{__name__}.Output"
    name = "course-kernel"
    listener: socket.socket

    def parse_command_line(self, argv: Any = None) -> None:
        """Take the one argument that the grader gives, the connection file; Jupyter's parser takes a while."""
        self.connection_file = argv[argv.index("-f") + 1]
        self.config.HistoryManager.enabled = False

    def _configure_logging(self) -> None:
        """Warnings go where the process's own errors go; Jupyter would put each message together and throw it away."""
        self.log.setLevel("WARNING")

    def load_config_file(self, *args: Any, **kwargs: Any) -> None:
        """There is none."""

    def init_heartbeat(self) -> None:
        """There is none: the grader sees the process itself."""

    def init_sockets(self) -> None:
        """The channel of calls is there before Jupyter's own, for which the grader waits."""
        self.listener = calls.listen(Path(self.abs_connection_file).parent)
        super().init_sockets()
        self.shell_channel_thread = NoSubshells()


def make_shell() -> None:
    """Make the shell that the kernel of this process will use, before there is a kernel.

    That is a third of a kernel's start and needs nothing of its own: a warm server does it once for all.
    """
    config = Config()
    config.HistoryManager.enabled = False
    # Where a kernel has its own, too: the environment names the same folder to both.
    folder = Path(get_ipython_dir())
    folder.mkdir(parents=True, exist_ok=True)
    profile = ProfileDir.create_profile_dir_by_name(str(folder), config=config)
    ZMQInteractiveShell.instance(config=config, profile_dir=profile, compiler_class=XCachingCompiler)

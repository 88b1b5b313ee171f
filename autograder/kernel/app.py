"""The kernel that runs a submission: ipykernel, confined, and with a channel of ours for calls by the grader."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp

from autograder.kernel import calls
from autograder.kernel.responder import Responder

# Nobody debugs a submission while it is graded, and the debugger takes two thirds of the time that a kernel starts in.
sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]


class CourseKernel(IPythonKernel):
    """An IPython kernel that, once told to, answers the grader's calls."""

    msg_types = [*IPythonKernel.msg_types, calls.SERVE]  # noqa: RUF012 -- as ipykernel has it

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        assert self.shell is not None
        self._responder = Responder(self.shell.user_ns)

    async def course_serve(self, stream: Any, ident: Any, parent: dict[str, Any]) -> None:
        """Answer calls from here on, in the main thread, where interrupts arrive."""
        assert isinstance(self.parent, CourseKernelApp)
        calls.serve(self.parent.listener, self._responder)


class CourseKernelApp(IPKernelApp):
    """Starts the kernel without a history file, user configuration or start-up files of the account it runs under."""

    kernel_class = CourseKernel
    name = "course-kernel"
    listener: socket.socket

    def init_sockets(self) -> None:
        """The channel of calls is there before Jupyter's own, for which the grader waits."""
        self.listener = calls.listen(Path(self.abs_connection_file).parent)
        super().init_sockets()

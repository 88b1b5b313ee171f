"""The kernel that runs a submission: ipykernel, confined, and with one message of ours for calls by the grader."""

from __future__ import annotations

from typing import Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp

from autograder.kernel.responder import Responder
from autograder.kernel.wire import CALL, REPLY


class CourseKernel(IPythonKernel):
    """An IPython kernel that also answers `course_call` messages on its shell channel."""

    msg_types = [*IPythonKernel.msg_types, CALL]  # noqa: RUF012 -- as ipykernel has it

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        assert self.shell is not None
        self._responder = Responder(self.shell.user_ns)

    async def course_call(self, stream: Any, ident: Any, parent: dict[str, Any]) -> None:
        """Carry out a request of the grader; its frames, and those of the reply, travel as buffers."""
        frames = self._responder.answer([bytes(buffer) for buffer in parent["buffers"]])
        assert self.session is not None
        self.session.send(stream, REPLY, {}, parent, ident, buffers=[*frames])


class CourseKernelApp(IPKernelApp):
    """Starts the kernel without a history file, user configuration or start-up files of the account it runs under."""

    kernel_class = CourseKernel
    name = "course-kernel"

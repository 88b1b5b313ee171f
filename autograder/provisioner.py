"""Where a kernel comes from: the one place that turns "I need a kernel" into a process.

Jupyter's own seam for this is a kernel provisioner. `LaunchedProvisioner` asks a `Launcher` for a process; the launcher
decides how it is confined. Another way to come by a kernel is another launcher.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

if TYPE_CHECKING:
    from autograder.sandbox import Policy


class KernelProcess(Protocol):
    """What is known of a kernel's process: `subprocess.Popen` has it, and a kernel that was forked elsewhere."""

    pid: int

    def poll(self) -> int | None:
        """How the process ended, as `subprocess.Popen.returncode` says it; None while it runs."""


class Launcher(Protocol):
    """Starts and ends the processes of kernels.

    Attributes
    ----------
    policy : autograder.sandbox.Policy
        How they are confined.
    """

    policy: Policy

    def connections(self) -> str | None:
        """Where to make the private folder of a kernel's sockets, for `tempfile.mkdtemp`."""

    def start(self, argv: list[str], connection_dir: Path) -> KernelProcess:
        """Start `argv` (a Python command); it must be able to read and write `connection_dir`, where its sockets go."""

    def kill(self, process: KernelProcess) -> None:
        """End the process and everything that it started, and wait until it is gone."""

    def close(self) -> None:
        """End what is kept for later kernels."""


class LaunchedProvisioner(LocalProvisioner):
    """Gets each kernel's process from the launcher that is passed as ``start_kernel(launcher=...)``."""

    _launcher: Launcher

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Remember the launcher; Jupyter writes the connection file and makes the command."""
        self._launcher = kwargs.pop("launcher")
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the process; nothing of the grader's environment or open files is passed on."""
        manager: Any = self.parent
        folder = Path(manager.connection_file).parent
        # In this very thread, which stays: some processes end with the thread that started them.
        self.process = self._launcher.start(cmd, folder)  # type: ignore[assignment]
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """Interrupts travel as messages, so whatever signal Jupyter wants to send is to end the kernel."""
        await self.kill()

    async def kill(self, restart: bool = False) -> None:
        """End the kernel with all that it started."""
        if self.process is not None:
            await self._elsewhere(self._launcher.kill, self.process)

    async def terminate(self, restart: bool = False) -> None:
        """The same as `kill`: a submission's kernel gets no chance to refuse."""
        await self.kill(restart)

    async def _elsewhere(self, work: Callable[..., Any], *args: Any) -> Any:
        """Outside the event loop, which others use meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(None, work, *args)

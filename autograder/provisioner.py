"""Where a kernel comes from: the one place that turns "I need a kernel" into a process.

Jupyter's own seam for this is a kernel provisioner. `LaunchedProvisioner` asks a `Launcher` for a process; the launcher
decides how it is confined. Another way to come by a kernel is another launcher.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path
from typing import Any, Protocol

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner


class Launcher(Protocol):
    """Starts and ends the process of a kernel."""

    def start(self, argv: list[str], connection_dir: Path) -> subprocess.Popen[bytes]:
        """Start `argv` (a Python command); it must be able to read and write `connection_dir`, where its sockets go."""

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End the process and everything that it started, and wait until it is gone."""


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
        self.process = self._launcher.start(cmd, Path(manager.connection_file).parent)
        self.pid = self.process.pid
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """Signals go to the outermost process only, to end it; interrupts travel as messages instead."""
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, signum)

    async def kill(self, restart: bool = False) -> None:
        """End the kernel with all that it started."""
        if self.process is not None:
            await asyncio.get_running_loop().run_in_executor(None, self._launcher.kill, self.process)

    async def terminate(self, restart: bool = False) -> None:
        """The same as `kill`: a submission's kernel gets no chance to refuse."""
        await self.kill(restart)

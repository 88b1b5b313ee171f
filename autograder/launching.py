"""Makes the launcher that a run asks for."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from autograder.assignment import Limits
from autograder.provisioner import Launcher


class PlainLauncher:
    """Starts kernels as ordinary processes, with nothing between them and the machine (``--sandbox off``)."""

    def start(self, argv: list[str], connection_dir: Path) -> subprocess.Popen[bytes]:
        """Start the kernel in its connection folder."""
        return subprocess.Popen(argv, cwd=connection_dir, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, start_new_session=True)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End the kernel's process group."""
        if process.poll() is None:
            os.killpg(process.pid, 9)
        process.wait()


def make_launcher(sandbox: str, limits: Limits, device: str) -> Launcher:
    """The launcher for a sandbox mode."""
    return PlainLauncher()

"""Makes the launcher that a run asks for: the homework's limits in the form that the sandbox takes."""

from __future__ import annotations

from autograder import sandbox
from autograder.assignment import Limits
from autograder.kernel.confine import MIB
from autograder.sandbox import ConfinedLauncher


def make_launcher(mode: str, limits: Limits, device: str) -> ConfinedLauncher:
    """The launcher for a sandbox mode.

    Parameters
    ----------
    mode : {"full", "partial", "off"}
        Whether a missing layer of confinement is an error, is left out, or none is wanted.
    limits : Limits
        Memory, disk and time of one notebook.
    device : {"cpu", "auto"}
        Whether the notebook is to see the GPUs of this machine.

    Raises
    ------
    SandboxUnavailable
        If a layer is missing and the mode does not allow that.
    """
    amounts = sandbox.Limits(
        memory_bytes=limits.memory_mib * MIB,
        # All threads count together: a few of them may be busy for the whole time.
        cpu_seconds=4 * limits.notebook_seconds,
        file_bytes=limits.disk_mib * MIB,
        disk_bytes=limits.disk_mib * MIB,
        gpu_devices=() if device == "cpu" else sandbox.gpu_devices(),
    )
    return ConfinedLauncher(sandbox.Policy(mode, amounts))

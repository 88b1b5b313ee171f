"""Makes the policy of a kernel: the homework's limits and data in the form that the sandbox takes."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache

from autograder import gpus, sandbox
from autograder.assignment import Limits
from autograder.kernel.confine import MIB
from autograder.sandbox import ConfinedLauncher, Policy
from utils.data.drawn import draw_all
from utils.data.store import CACHE_VARIABLE, MIRROR_VARIABLE, cache_dir, mirror_dir, torch_checkpoints
from utils.settings import notebooks_with_settings


def kernel_policy(
    mode: str, limits: Limits, device: str, notebook: str = "", profile: str = "smoke", threads: int | None = None
) -> Policy:
    """How the kernel of a notebook is confined.

    Parameters
    ----------
    mode : {"full", "partial", "off"}
        Whether a missing layer of confinement is an error, is left out, or none is wanted.
    limits : Limits
        Memory, disk and time of one notebook.
    device : {"cpu", "auto"}
        Whether the notebook is to see the GPUs of this machine.
    notebook : str
        Which notebook; one that trains on data gets to read them.
    profile : str
        ``smoke`` or ``full``.
    threads : int, optional
        For its computations; as many as there are cores by default.
    """
    threads = threads or os.cpu_count() or 1
    devices = () if device == "cpu" else sandbox.gpu_devices()
    amounts = sandbox.Limits(
        memory_bytes=limits.memory_mib * MIB,
        # All threads count together, and the hidden tests come after the cells.
        cpu_seconds=2 * threads * limits.notebook_seconds,
        file_bytes=limits.disk_mib * MIB,
        disk_bytes=limits.disk_mib * MIB,
        gpu_devices=devices,
    )
    paths, variables = _data() if notebook in notebooks_with_settings() else ((), {})
    if devices:
        variables = variables | gpus.settings(int(os.environ.get(gpus.SHARE_VARIABLE, "1")))
    return Policy(mode, amounts, paths, {"COURSE_PROFILE": profile, **variables}, threads)


def with_all_data(policy: Policy) -> Policy:
    """The same for the box of a warm server, from which kernels with and without data come."""
    paths, _ = _data()
    return replace(policy, read_paths=paths)


def make_launcher(
    mode: str, limits: Limits, device: str, notebook: str = "", profile: str = "smoke"
) -> ConfinedLauncher:
    """A launcher of fresh kernels; for the parameters see `kernel_policy`.

    Raises
    ------
    SandboxUnavailable
        If a layer is missing and the mode does not allow that.
    """
    return ConfinedLauncher(kernel_policy(mode, limits, device, notebook, profile))


@cache
def _data() -> tuple[tuple[str, ...], dict[str, str]]:
    """Folders that a notebook reads data from, made where they can be drawn, and the variables that name them."""
    draw_all()
    checkpoints = torch_checkpoints()
    folders = {CACHE_VARIABLE: cache_dir(), MIRROR_VARIABLE: mirror_dir(), "TORCH_HOME": checkpoints.parents[1]}
    seen = {name: folder for name, folder in folders.items() if folder is not None and folder.is_dir()}
    return tuple(str(folder) for folder in seen.values()), {name: str(folder) for name, folder in seen.items()}

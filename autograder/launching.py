"""Makes the policy of a kernel: the homework's limits and data in the form that the sandbox takes."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache

from autograder import gpus, sandbox
from autograder.assignment import Limits
from autograder.errors import GraderError
from autograder.kernel.confine import MIB
from autograder.sandbox import ConfinedLauncher, Policy
from utils.data.drawn import draw_all
from utils.data.store import (
    CACHE_VARIABLE,
    MIRROR_VARIABLE,
    State,
    cache_dir,
    how_to_get,
    locate,
    mirror_dir,
    torch_checkpoints,
)
from utils.settings import notebooks_with_settings, settings_for


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


def box_for(policy: Policy) -> Policy:
    """The box of a warm server for kernels of a policy and of those of other notebooks, with and without data."""
    paths, _ = _data()
    return replace(policy, read_paths=paths, environment={})


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


def require_data(notebook: str, profile: str) -> None:
    """Make sure that what a notebook reads is on this machine: no submission can be blamed if it is not.

    In the smoke profile everything is drawn and nothing can be missing.

    Raises
    ------
    GraderError
        If something is missing; the message says how to get it.
    """
    if profile == "smoke" or notebook not in notebooks_with_settings():
        return
    settings = settings_for(notebook, profile)
    needed = [settings.data, *([settings.backbone] if "backbone" in settings else [])]
    needed += ["glove_6b"] if "glove_dim" in settings else []
    found = [locate(name) for name in needed]
    problems = [
        how_to_get(location.data) if location.state is State.MISSING else location.problem
        for location in found
        if location.state is not State.COMPLETE
    ]
    if problems:
        raise GraderError("\n".join([f"{notebook} needs data for the profile {profile!r}.", *problems]))


@cache
def _data() -> tuple[tuple[str, ...], dict[str, str]]:
    """Folders that a notebook reads data from, made where they can be drawn, and the variables that name them."""
    draw_all()
    checkpoints = torch_checkpoints()
    folders = {CACHE_VARIABLE: cache_dir(), MIRROR_VARIABLE: mirror_dir(), "TORCH_HOME": checkpoints.parents[1]}
    seen = {name: folder for name, folder in folders.items() if folder is not None and folder.is_dir()}
    return tuple(str(folder) for folder in seen.values()), {name: str(folder) for name, folder in seen.items()}

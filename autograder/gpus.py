"""Which GPUs of this machine may be used, and how many notebooks at a time."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from dataclasses import dataclass

from autograder import sandbox

SHARE_VARIABLE = "COURSE_GPU_SHARE"
"""Tells a worker how many share its GPU."""
_USABLE = 0.95  # of a GPU's memory: its driver and the contexts of processes take the rest
_QUERY = ("--query-gpu=index,memory.total", "--format=csv,noheader,nounits")


@dataclass(frozen=True)
class Gpu:
    """One GPU.

    Attributes
    ----------
    number : str
        As in ``CUDA_VISIBLE_DEVICES``.
    memory_mib : int
        Its memory; 0 if that cannot be known.
    """

    number: str
    memory_mib: int = 0

    def notebooks(self, memory_mib: int) -> int:
        """How many notebooks fit that take so much each; one in any case."""
        return max(1, int(_USABLE * self.memory_mib) // memory_mib)


def gpus() -> list[Gpu]:
    """The GPUs whose device files are there and that ``CUDA_VISIBLE_DEVICES`` allows."""
    numbers = [match[1] for path in sandbox.gpu_devices() if (match := re.fullmatch(r".*/nvidia(\d+)", path))]
    memory = _memory() if numbers else {}
    return [Gpu(number, memory.get(number, 0)) for number in numbers]


def settings(share: int) -> dict[str, str]:
    """Environment variables of a kernel that has a GPU together with `share` - 1 others.

    PyTorch raises an error of its own when a kernel goes beyond its part of the memory, so that it is told from one who
    takes it from others. And cuBLAS adds up in the same order each time.

    Source: https://docs.pytorch.org/docs/stable/notes/cuda.html and .../notes/randomness.html
    """
    fraction = math.floor(1000 * _USABLE / share) / 1000
    return {
        "PYTORCH_CUDA_ALLOC_CONF": f"per_process_memory_fraction:{fraction}",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    }


def _memory() -> dict[str, int]:
    """MiB by GPU, as NVIDIA's program has it; nothing if it is not there or fails."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return {}
    try:
        said = subprocess.run([program, *_QUERY], capture_output=True, text=True, timeout=30, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return {number: int(memory) for number, memory in re.findall(r"^(\d+), *(\d+)$", said, re.MULTILINE)}

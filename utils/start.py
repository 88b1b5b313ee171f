"""The first line of every notebook: seeds, profile, device, and the layout of figures."""

from __future__ import annotations

import os
import random
import sys
from dataclasses import dataclass

import numpy as np

from utils.figures import lay_out_figures

PROFILES = ("smoke", "full")


@dataclass(frozen=True)
class Settings:
    """What a notebook runs with."""

    notebook: str
    """The notebook's name, such as ``3_rnn``."""
    profile: str
    """``smoke`` (small embedded data, minutes on a CPU) or ``full`` (the homework's own data and models)."""
    device: str
    """``cpu`` or ``cuda``."""
    seed: int
    """What the random number generators were seeded with."""


def start(notebook: str, minutes: float, *, gpu: bool = False, seed: int = 498) -> Settings:
    """Seed the random number generators, choose profile and device, and print them in one line.

    Python's and NumPy's global generators are seeded, and torch's if the notebook has imported torch before: a
    notebook that does without torch should not wait for its import.

    Parameters
    ----------
    notebook : str
        The notebook's name.
    minutes : float
        How long the notebook takes in its usual profile.
    gpu : bool, optional
        Whether the notebook gains from a GPU. It then gets one if torch is already imported and finds one.
    seed : int, optional

    Returns
    -------
    Settings

    Raises
    ------
    ValueError
        If the environment variable ``COURSE_PROFILE`` names no profile.
    """
    settings = Settings(notebook, _profile(), _device() if gpu else "cpu", seed)
    lay_out_figures()
    random.seed(seed)
    np.random.seed(seed)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(seed)
        # On a GPU, the convolutions that give the same sums each time; they cost little.
        torch.backends.cudnn.deterministic = True
    time = "less than a minute" if minutes < 1 else f"about {minutes:g} minute{'s' if minutes != 1 else ''}"
    print(f"{notebook}: profile {settings.profile}, device {settings.device}, seed {seed}, {time}")
    return settings


def _profile() -> str:
    profile = os.environ.get("COURSE_PROFILE") or "smoke"
    if profile not in PROFILES:
        raise ValueError(
            f"COURSE_PROFILE is {profile!r}: set it to {' or '.join(map(repr, PROFILES))}, or unset it for 'smoke'"
        )
    return profile


def _device() -> str:
    torch = sys.modules.get("torch")
    return "cuda" if torch is not None and torch.cuda.is_available() else "cpu"

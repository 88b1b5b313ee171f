"""Folders of pictures: ants and bees, and the pictures of style transfer."""

from __future__ import annotations

from pathlib import Path

from utils.data.drawn import drawn
from utils.data.store import find
from utils.settings import Profiled, profile_of


def load_hymenoptera(profile: Profiled) -> Path:
    """Return the folder of ants and bees, ``{train,val}/{ants,bees}``, as torchvision's `ImageFolder` reads it.

    Parameters
    ----------
    profile : str or a notebook's settings
        ``smoke``: 120 and 80 drawings; ``full``: the 244 and 153 photographs.

    Raises
    ------
    DataMissing
        If the photographs are not on this machine; the message says how to get them.
    """
    return drawn("hymenoptera") if profile_of(profile) == "smoke" else find("hymenoptera")


def load_styles(profile: Profiled) -> dict[str, Path]:
    """Return the picture files of style transfer by their names, such as ``tubingen`` (full) or ``town`` (smoke).

    Raises
    ------
    DataMissing
        If the pictures are not on this machine; the message says how to get them.
    """
    folder = drawn("styles") if profile_of(profile) == "smoke" else find("styles")
    return {path.stem: path for path in sorted(folder.glob("*.jpg"))}

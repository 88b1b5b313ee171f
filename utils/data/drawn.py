"""The embedded data sets: made from a seed when they are first asked for, and kept in the cache.

Each has the layout of the real data set that it stands in for, and is read by the same loader. A folder is made under
another name and renamed when all of it is there. Where the cache cannot be written to, the data live in a temporary
folder that goes when the process ends.
"""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from utils.data.errors import CacheNotWritable
from utils.data.store import CACHE_VARIABLE, cache_dir

SEED = 498
"""Seed of the pictures and sentences that everybody sees."""

Writer = Callable[[Path, int], None]


def _insects(folder: Path, seed: int) -> None:
    from utils.data.embedded.insects import write_insects

    write_insects(folder, seed)


def _reviews(folder: Path, seed: int) -> None:
    from utils.data.embedded.reviews import write_reviews

    write_reviews(folder, seed)


def _scenes(folder: Path, seed: int) -> None:
    from utils.data.embedded.scenes import write_scenes

    write_scenes(folder, seed)


def _styles(folder: Path, seed: int) -> None:
    from utils.data.embedded.styles import write_styles

    write_styles(folder, seed)


EMBEDDED: dict[str, tuple[int, Writer]] = {
    "hymenoptera": (1, _insects),
    "sentiment": (1, _reviews),
    "coco_captioning": (1, _scenes),
    "styles": (1, _styles),
}
"""By the data set that it stands in for: a version, raised with any change of what is made, and the writer."""


def drawn(name: str, seed: int = SEED) -> Path:
    """Return the folder of an embedded data set, and make it if it is not there.

    Parameters
    ----------
    name : str
        The data set that it stands in for: ``hymenoptera``, ``sentiment``, ``coco_captioning`` or ``styles``.
    seed : int, optional
        Another seed gives data of the same kind that nobody has seen.

    Raises
    ------
    CacheNotWritable
        If neither the cache nor the folder for temporary files can be written to.
    """
    version, write = EMBEDDED[name]
    label = f"{name}-v{version}-{seed}"
    ready = cache_dir() / "drawn" / label
    if ready.is_dir():
        return ready
    try:
        return _make(ready, seed, write)
    except OSError as error:
        problem = error
    try:
        ready = _temporary() / label
        return ready if ready.is_dir() else _make(ready, seed, write)
    except OSError:
        raise CacheNotWritable(
            f"{cache_dir()} cannot be written to ({problem}), nor can the folder for temporary files. "
            f"Set {CACHE_VARIABLE} to a folder of your own"
        ) from problem


def draw_all() -> Path:
    """Make all embedded data sets and return the folder that holds them, such as before grading."""
    folders = [drawn(name) for name in EMBEDDED]
    return folders[0].parent


def _make(target: Path, seed: int, write: Writer) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        fresh.chmod(0o755)
        write(fresh, seed)
        fresh.rename(target)
    except OSError:
        if not target.is_dir():  # else another process was quicker
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return target


@functools.cache
def _temporary() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="course-data-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder

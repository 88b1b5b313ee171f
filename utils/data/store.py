"""Where data sets are on this machine, and whether they are whole.

A data set is looked for in the folder that ``COURSE_DATA_MIRROR`` names (unpacked data sets, used in place and never
written to), then in the cache: the folder that ``COURSE_DATA_DIR`` names, or this platform's usual place for caches.
In the cache only a folder with a completion marker counts; the marker is written last, before the folder gets its
name, and lists every file with its size and hash.
"""

from __future__ import annotations

import enum
import fnmatch
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from utils.data.errors import DataDamaged, DataMissing, MirrorMissing
from utils.data.registry import DATA_SETS, DataSet, data_set

CACHE_VARIABLE = "COURSE_DATA_DIR"
MIRROR_VARIABLE = "COURSE_DATA_MIRROR"
MARKER = ".complete.json"


class State(enum.Enum):
    """What is known of a data set on this machine."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    MISSING = "missing"


@dataclass(frozen=True)
class Location:
    """Where a data set is and in which state."""

    data: DataSet
    state: State
    origin: str = ""
    """``mirror``, ``cache`` or ``torch hub``; empty when it is missing."""
    path: Path | None = None
    problem: str = ""
    """What is wrong with it, and what to do."""

    def size(self) -> int:
        """Bytes that it takes on disk."""
        if self.path is None:
            return 0
        files = [self.path] if self.path.is_file() else [path for path in self.path.rglob("*") if path.is_file()]
        return sum(path.stat().st_size for path in files)


def cache_dir() -> Path:
    """Return the folder for downloads and drawn data; it need not exist yet."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    import pooch

    return Path(pooch.os_cache("deep-learning-homework"))


def mirror_dir() -> Path | None:
    """Return the folder of unpacked data sets that is used in place, if there is one.

    Raises
    ------
    MirrorMissing
        If ``COURSE_DATA_MIRROR`` is set but names no folder.
    """
    named = os.environ.get(MIRROR_VARIABLE)
    if not named:
        return None
    folder = Path(named).expanduser().absolute()
    if not folder.is_dir():
        raise MirrorMissing(
            f"{MIRROR_VARIABLE} names {folder}, and there is no such folder. Set it to a folder of unpacked data sets "
            "(is the shared disk mounted?), or unset it to use the cache"
        )
    return folder


def find(name: str) -> Path:
    """Return the folder of a data set, or the file of trained weights, if all of it is on this machine.

    Parameters
    ----------
    name : str
        One of `utils.data.registry.DATA_SETS`.

    Raises
    ------
    DataMissing
        If it is nowhere; the message says how to get it.
    DataDamaged
        If only a part of it is there.
    MirrorMissing
        If ``COURSE_DATA_MIRROR`` is set but names no folder.
    UnknownData
        If no data set has this name.
    """
    found = locate(name)
    if found.state is State.MISSING:
        raise DataMissing(how_to_get(found.data))
    if found.path is None or found.state is State.INCOMPLETE:
        raise DataDamaged(found.problem)
    return found.path


def locate(name: str) -> Location:
    """Say where a data set is and whether it is complete; the files' contents are not read (see `verify`)."""
    data = data_set(name)
    return _in_mirror(data) or (_in_torch_hub(data) if data.kind == "weights" else _in_cache(data))


def everything() -> list[Location]:
    """Return the location of every data set of the registry."""
    return [locate(name) for name in DATA_SETS]


def how_to_get(data: DataSet) -> str:
    """Say how to get a data set that is missing."""
    files = ", ".join(download.url for download in data.downloads)
    place = torch_checkpoints() if data.kind == "weights" else downloads_dir(data)
    lines = [
        f"{data.title} ({data.name}) is not on this machine.",
        f"  With a network: course data fetch {data.name}   (about {megabytes(data.size)} on disk)",
        f"  By hand: download {files} into {place} and run the same command: it takes the files from there.",
        f"  On a shared disk: set {MIRROR_VARIABLE} to the folder that holds {data.folder}.",
        "  The smoke profile needs none of this: unset COURSE_PROFILE, or set it to smoke.",
    ]
    return "\n".join(lines)


def megabytes(size: int) -> str:
    return f"{size / 2**20:,.0f} MB" if size >= 2**20 else f"{size / 2**10:,.0f} KB"


def downloads_dir(data: DataSet) -> Path:
    """Return the folder that keeps a data set's downloaded files until it is unpacked."""
    return cache_dir() / "downloads" / data.name


def torch_checkpoints() -> Path:
    """Return the folder where torchvision keeps trained weights (as `torch.hub.get_dir`, without importing torch)."""
    home = os.environ.get("TORCH_HOME") or f"{os.environ.get('XDG_CACHE_HOME') or '~/.cache'}/torch"
    return Path(home).expanduser() / "hub" / "checkpoints"


def _in_mirror(data: DataSet) -> Location | None:
    mirror = mirror_dir()
    if mirror is None:
        return None
    if data.kind == "weights":
        files = (mirror / data.folder, mirror / data.downloads[0].name)
        there = next((file for file in files if file.is_file()), None)
        if there is None:
            return None
        # only torchvision's own file name tells which hash the file should have
        if there == files[1] and not _has_its_hash(there):
            problem = f"{there} is cut short or changed. Complete the mirror, or unset {MIRROR_VARIABLE}"
            return Location(data, State.INCOMPLETE, "mirror", there, problem)
        return Location(data, State.COMPLETE, "mirror", there)
    for name in (data.folder, *data.stand_ins):
        folder = mirror / name
        if folder.is_dir():
            missing = missing_parts(data, folder)
            if not missing:
                return Location(data, State.COMPLETE, "mirror", folder)
            problem = f"{folder} lacks {missing}. Complete the mirror, or unset {MIRROR_VARIABLE} to use the cache"
            return Location(data, State.INCOMPLETE, "mirror", folder, problem)
    return None


def _in_torch_hub(data: DataSet) -> Location:
    file = torch_checkpoints() / data.downloads[0].name
    if not file.is_file():
        return Location(data, State.MISSING)
    if not _has_its_hash(file):
        problem = f"{file} is cut short or changed. Delete it and run: course data fetch {data.name}"
        return Location(data, State.INCOMPLETE, "torch hub", file, problem)
    return Location(data, State.COMPLETE, "torch hub", file)


def _in_cache(data: DataSet) -> Location:
    folder = cache_dir() / data.folder
    if not folder.is_dir():
        return Location(data, State.MISSING)
    marker = read_marker(folder)
    if marker is None:
        problem = (
            f"{folder} was not made by `course data fetch`, so it may be half of the data. If you put it there, "
            f"`course data verify {data.name}` checks and accepts it; otherwise delete it and run "
            f"`course data fetch {data.name}`"
        )
        return Location(data, State.INCOMPLETE, "cache", folder, problem)
    for name, entry in marker.items():
        file = folder / name
        if not file.is_file() or file.stat().st_size != entry["size"]:
            problem = f"{file} is missing or has changed. Delete {folder} and run: course data fetch {data.name}"
            return Location(data, State.INCOMPLETE, "cache", folder, problem)
    return Location(data, State.COMPLETE, "cache", folder)


def missing_parts(data: DataSet, folder: Path) -> str:
    """Say which required files a folder lacks; empty if none."""
    lacking = []
    for part in data.parts:
        count = sum(1 for _ in folder.glob(part.pattern))
        if part.required and count < part.count:
            lacking.append(part.pattern if part.count == 1 else f"{part.count - count} of {part.count} {part.pattern}")
    return ", ".join(lacking)


def belongs(data: DataSet, name: str) -> bool:
    """Whether a path inside an archive, relative to the data set's folder, is wanted."""
    patterns = data.members or tuple(part.pattern for part in data.parts)
    return any(name.count("/") == p.count("/") and fnmatch.fnmatchcase(name, p) for p in patterns)


def write_marker(folder: Path) -> None:
    """List the folder's files with sizes and hashes, and so declare it complete."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MARKER)
    entries = {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": file_hash(path)} for path in files
    }
    with (folder / MARKER).open("w", encoding="utf-8") as file:
        json.dump({"files": entries}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def read_marker(folder: Path) -> dict[str, dict[str, int | str]] | None:
    """Return what the completion marker lists, or None without a readable one."""
    try:
        content = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        return {
            str(name): {"size": entry["size"], "sha256": entry["sha256"]} for name, entry in content["files"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _has_its_hash(file: Path) -> bool:
    """Whether a file of weights is whole: torchvision writes the first digits of its hash into its name."""
    return file_hash(file).startswith(hash_in_name(file.name))


def hash_in_name(name: str) -> str:
    """Return the digits that torchvision puts before the file ending: ``f37072fd`` of ``resnet18-f37072fd.pth``."""
    return name.rsplit("-", 1)[-1].split(".")[0]

"""Bring data sets onto this machine, and check those that are there.

`fetch` goes from download to finished folder in steps that can each be broken off: what has been downloaded stays, a
folder gets its name only when everything is in it, and the same command goes on from there.
"""

from __future__ import annotations

import contextlib
import http.client
import shutil
import ssl
import tempfile
import urllib.error
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from utils.data.downloading import disk_error, download
from utils.data.errors import DataDamaged, DownloadFailed, FetchInProgress, NoSpace, WrongHash
from utils.data.registry import DataSet
from utils.data.store import (
    Location,
    State,
    cache_dir,
    downloads_dir,
    file_hash,
    find,
    locate,
    megabytes,
    missing_parts,
    read_marker,
    torch_checkpoints,
    write_marker,
)
from utils.data.unpacking import unpack

try:
    import fcntl
except ImportError:  # Windows: two fetches at once are then not told apart, and the later folder is not used
    fcntl = None  # type: ignore[assignment]

_BROKEN_OFF = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError)
"""What `urllib` raises before and while a file arrives; most are kinds of OSError, but not the disk's fault."""


def fetch(name: str, *, progress: bool = True) -> Path:
    """Download and unpack a data set unless it is complete already.

    Parameters
    ----------
    name : str
        One of `utils.data.registry.DATA_SETS`.
    progress : bool, optional
        Whether to show progress bars.

    Returns
    -------
    Path
        The data set's folder, or the file of trained weights.

    Raises
    ------
    DataError
        The network, the disk or a file is at fault; the message says what to do. Nothing half-written is left where
        `find` would take it for whole.
    """
    found = locate(name)
    if found.state is State.COMPLETE:
        return find(name)
    if found.state is State.INCOMPLETE and found.origin != "torch hub":
        found = verify(name)  # accepts a complete folder that somebody put there
        if found.state is State.INCOMPLETE:
            raise DataDamaged(found.problem)
        return find(name)
    data = found.data
    if data.kind == "weights":
        return _fetch_weights(data, progress)
    folder = downloads_dir(data)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder, data):
            _check_room(data)
            files = [download(data, item, folder, progress) for item in data.downloads]
            _put_in_place(data, files)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise disk_error(error, data, cache_dir()) from error
    return find(name)


def verify(name: str) -> Location:
    """Check a data set's files against sizes and hashes, and accept a complete folder that somebody put into the cache.

    Returns
    -------
    Location
        As from `utils.data.store.locate`; its ``problem`` also names files that differ from the course's own copy.
    """
    found = locate(name)
    if found.path is None or found.data.kind == "weights" or found.origin != "cache":
        return _with_differences(found)
    marker = read_marker(found.path)
    if marker is None:
        return _accept(found)
    for file, entry in marker.items():
        path = found.path / file
        if not path.is_file() or file_hash(path) != entry["sha256"]:
            problem = f"{path} is missing or has changed. Delete {found.path} and run: course data fetch {name}"
            return replace(found, state=State.INCOMPLETE, problem=problem)
    return _with_differences(found)


def _accept(found: Location) -> Location:
    assert found.path is not None
    missing = missing_parts(found.data, found.path)
    if missing:
        problem = f"{found.path} lacks {missing}. Delete it and run: course data fetch {found.data.name}"
        return replace(found, state=State.INCOMPLETE, problem=problem)
    try:
        write_marker(found.path)
    except OSError as error:
        raise disk_error(error, found.data, found.path) from error
    return _with_differences(locate(found.data.name))


def _with_differences(found: Location) -> Location:
    if found.path is None or found.state is not State.COMPLETE or found.path.name in found.data.stand_ins:
        return found
    known = {part.pattern: part.sha256 for part in found.data.parts if part.sha256}
    other = [name for name, expected in known.items() if file_hash(found.path / name) != expected]
    if not other:
        return found
    return replace(
        found, problem=f"{', '.join(other)}: not the same as the course's own copy; results may differ a little"
    )


def _put_in_place(data: DataSet, files: list[Path]) -> None:
    """Unpack under another name, check, mark as complete, then rename: the folder exists wholly or not at all."""
    target = cache_dir() / data.folder
    if fcntl is not None:  # we hold the lock, so these are of processes that were killed
        for left in cache_dir().glob(f".{data.folder}-*"):
            shutil.rmtree(left, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{data.folder}-", dir=cache_dir()))
    try:
        fresh.chmod(0o755)
        unpack(data, files, fresh)
        missing = missing_parts(data, fresh)
        if missing:
            names = ", ".join(str(file) for file in files)
            raise DataDamaged(f"{names} lacks {missing}. Delete it and run: course data fetch {data.name}")
        write_marker(fresh)
        fresh.rename(target)
    except OSError:
        if locate(data.name).state is not State.COMPLETE:  # else another process was quicker
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _check_room(data: DataSet) -> None:
    free = shutil.disk_usage(cache_dir()).free
    if free < data.room:
        raise NoSpace(
            f"{data.title} needs about {megabytes(data.room)} while it is unpacked, and the disk of {cache_dir()} "
            f"has {megabytes(free)} left. Make room, or set COURSE_DATA_DIR to a folder on a larger disk"
        )


@contextlib.contextmanager
def _alone(folder: Path, data: DataSet) -> Iterator[None]:
    """Let one process at a time fetch a data set; the lock goes with the process."""
    with (cache_dir() / "downloads" / f".{folder.name}.lock").open("w") as lock:
        if fcntl is not None:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FetchInProgress(
                    f"another process is fetching {data.name}; wait until it is done, then run: course data status"
                ) from None
        yield


def _fetch_weights(data: DataSet, progress: bool) -> Path:
    """Let torchvision download trained weights into its own cache, which checks their hash."""
    from torchvision.models import get_weight

    item = data.downloads[0]
    try:
        (torch_checkpoints() / item.name).unlink(missing_ok=True)  # only a damaged one can be there
        get_weight(data.weights).get_state_dict(progress=progress, check_hash=True)
    except _BROKEN_OFF as error:
        reason = getattr(error, "reason", error)
        raise DownloadFailed(
            f"{item.url} could not be reached or broke off ({reason}). Check the network and run again: course data "
            f"fetch {data.name}. Without a network: put {item.name} into {torch_checkpoints()}"
        ) from error
    except RuntimeError as error:
        raise WrongHash(
            f"{item.url} gave another file than expected. It was thrown away. Run again: course data fetch {data.name}"
        ) from error
    except OSError as error:
        raise disk_error(error, data, torch_checkpoints()) from error
    return find(data.name)

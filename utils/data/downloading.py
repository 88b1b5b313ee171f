"""Download one file so that an interrupted download goes on where it stopped, and say what is wrong if it cannot."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import IO, Any

import pooch
import requests
from tqdm.auto import tqdm

from utils.data.errors import CacheNotWritable, DataError, DownloadFailed, NoSpace, WrongHash
from utils.data.registry import DataSet, Download

_CONNECT_SECONDS, _READ_SECONDS = 10, 60
_CHUNK = 1 << 18


class Resuming:
    """A downloader for `pooch.retrieve` that keeps what has arrived beside the file, as ``<file>.part``.

    The next download goes on from there if the server still has the same file, which its ETag or date tells. `pooch`
    checks the hash and gives the file its name only when all of it is there.
    """

    def __init__(self, part: Path, progress: bool = True) -> None:
        self.part = part
        self.tag = part.with_name(part.name + ".tag")
        self.progress = progress

    def __call__(self, url: str, output_file: str | IO[bytes], pooch: Any) -> None:
        have = self.part.stat().st_size if self.part.exists() and self.tag.exists() else 0
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": self.tag.read_text(encoding="utf-8")}
        timeout = (_CONNECT_SECONDS, _READ_SECONDS)
        with requests.get(url, headers=headers, stream=True, timeout=timeout) as response:
            if have and response.status_code == requests.codes.requested_range_not_satisfiable:
                self.forget()
                return self(url, output_file, pooch)
            response.raise_for_status()
            resumed = response.status_code == requests.codes.partial_content
            self._receive(response, have if resumed else 0)
        self.part.replace(str(output_file))
        self.tag.unlink(missing_ok=True)

    def forget(self) -> None:
        """Throw away what has arrived."""
        self.part.unlink(missing_ok=True)
        self.tag.unlink(missing_ok=True)

    def _receive(self, response: requests.Response, have: int) -> None:
        tag = response.headers.get("ETag", "")
        tag = response.headers.get("Last-Modified", "") if tag.startswith("W/") or not tag else tag
        if not have:
            self.forget()
            if tag:
                self.tag.write_text(tag, encoding="utf-8")
        length = response.headers.get("Content-Length")
        total = have + int(length) if length else None
        name = self.part.name.removesuffix(".part")
        bar = tqdm(total=total, initial=have, unit="B", unit_scale=True, desc=name, disable=not self.progress)
        with bar, self.part.open("ab" if have else "wb") as sink:
            for chunk in response.iter_content(_CHUNK):
                sink.write(chunk)
                bar.update(len(chunk))
            arrived = sink.tell()
        if total is not None and arrived != total:
            raise requests.exceptions.ConnectionError(f"{arrived} of {total} bytes arrived")


def download(data: DataSet, item: Download, folder: Path, progress: bool = True) -> Path:
    """Download a file into `folder`, or take it from there if it is there with the right hash.

    Raises
    ------
    DownloadFailed, WrongHash, NoSpace, CacheNotWritable
        With a message that says what to do.
    """
    fetch = Resuming(folder / f"{item.name}.part", progress)
    known = f"sha256:{item.sha256}" if item.sha256 else None
    pooch.get_logger().setLevel("WARNING")
    try:
        return Path(pooch.retrieve(item.url, known, fname=item.name, path=folder, downloader=fetch))
    except (requests.exceptions.RequestException, ValueError, OSError) as error:
        raise explained(error, data, item, folder) from error


def explained(error: Exception, data: DataSet, item: Download, folder: Path) -> DataError:
    """Return the error to raise for what went wrong while a file was downloaded or unpacked."""
    again = f"course data fetch {data.name}"
    response = getattr(error, "response", None)
    if response is not None:
        return DownloadFailed(
            f"{item.url} answered {response.status_code} {response.reason}. If it stays so, the file has moved: put it "
            f"into {folder} as {item.name} from elsewhere and run again: {again}"
        )
    if isinstance(error, requests.exceptions.RequestException):
        return DownloadFailed(
            f"{item.url} could not be reached or broke off ({_short(error)}). Check the network and run again: {again} "
            f"(it goes on where it stopped). Without a network: put {item.name} into {folder} and run the same command"
        )
    if isinstance(error, OSError):
        return disk_error(error, data, folder)
    return WrongHash(
        f"{item.url} gave another file than expected ({_short(error)}). It was thrown away. Run again: {again}; if it "
        "stays so, the file at that address has changed or something on the way replaces it: tell the course's staff"
    )


def disk_error(error: OSError, data: DataSet, folder: Path) -> DataError:
    """Return the error to raise when a folder cannot be written to."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpace(
            f"the disk of {folder} is full, or your quota is used up. {data.title} takes about "
            f"{data.size / 2**20:,.0f} MB, and {data.room / 2**20:,.0f} MB while it is unpacked. Make room, or set "
            f"COURSE_DATA_DIR to a folder on a larger disk, and run again: course data fetch {data.name}"
        )
    return CacheNotWritable(
        f"{error.filename or folder} cannot be written ({os.strerror(error.errno or 0)}). Set COURSE_DATA_DIR to a "
        f"folder of your own and run again: course data fetch {data.name}"
    )


def _short(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 160 else text[:160] + "..."

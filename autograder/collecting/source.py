"""What lies in a folder or a zip, read with suspicion: names, kinds and sizes first, contents only when asked for."""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import IO

from autograder.errors import SubmissionRefused, UsageError

ARCHIVE_MIB = 500
"""The largest zip of a student's that is opened, and the most that it may unpack to."""
ARCHIVE_FILES = 1000
"""The most files that a student's zip may list."""
_LISTING_BYTES = 2**20  # of a student's zip; a thousand files need about a tenth of it
_DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, struct.error)
_CHUNK = 2**20
_NOISE = re.compile(r"__MACOSX|\.DS_Store|Thumbs\.db|desktop\.ini|\.ipynb_checkpoints|\.git|__pycache__|\._.*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Found:
    """One file of the source.

    Attributes
    ----------
    parts : tuple of str
        Its path from the top of the source.
    size : int
        Bytes, as its folder or zip says.
    modified : datetime or None
        When it was last changed; for a file in a zip as whoever made the zip says.
    opener : callable
        Opens it for reading.
    packed : bool
        Whether it comes from a student's own zip.
    """

    parts: tuple[str, ...]
    size: int
    modified: datetime | None
    opener: Callable[[], IO[bytes]] = field(compare=False)
    packed: bool = False

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.parts[-1]

    @property
    def path(self) -> str:
        """Its path, for people."""
        return "/".join(self.parts)

    def copy_to(self, file: IO[bytes], most: int) -> None:
        """Write its content into an open file.

        Raises
        ------
        SubmissionRefused
            If it holds more than `most` bytes, whatever its zip says, or is damaged.
        """
        if self.size > most:
            raise SubmissionRefused(f"has {_mib(self.size)}, at most {_mib(most)} are taken")
        left = most
        try:
            with self.opener() as mine:
                while chunk := mine.read(min(_CHUNK, left + 1)):
                    left -= len(chunk)
                    if left < 0:
                        raise SubmissionRefused(f"unpacks to more than {_mib(most)}, and more than its zip says")
                    file.write(chunk)
        except OSError as error:
            raise SubmissionRefused(f"cannot be read: {error.strerror or error}") from error
        except _DAMAGE as error:
            raise SubmissionRefused(f"is damaged: {error}") from error

    def read(self, most: int) -> bytes:
        """Its content; raises as `copy_to` does."""
        buffer = io.BytesIO()
        self.copy_to(buffer, most)
        return buffer.getvalue()


@dataclass(frozen=True)
class Refusal:
    """Something that was not taken, and why."""

    path: str
    why: str


class Source:
    """A folder or a zip, open; use it as a context manager.

    Parameters
    ----------
    path : Path
        Which.
    zone : tzinfo
        The zone of the times in zips, which name none.

    Raises
    ------
    UsageError
        If `path` does not exist, or is neither a folder nor a zip.
    """

    def __init__(self, path: Path, zone: tzinfo | None) -> None:
        self.path = path
        self.zone = zone
        self.files: list[Found] = []
        self.refused: list[Refusal] = []
        self._open = ExitStack()

    def __enter__(self) -> Source:
        if not self.path.exists():
            raise UsageError(f"{self.path} does not exist: expected a folder or a zip with submissions")
        if self.path.is_dir():
            self._walk(self.path, ())
        else:
            try:
                archive = self._open.enter_context(zipfile.ZipFile(self.path))
            except _DAMAGE as error:
                raise UsageError(f"{self.path} is neither a folder nor a zip that can be read: {error}") from error
            files, refused = listed(archive, (), self.zone)
            self.files += files
            self.refused += refused
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def _walk(self, folder: Path, parts: tuple[str, ...]) -> None:
        """List a folder without following a link anywhere."""
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            here = (*parts, entry.name)
            if _NOISE.fullmatch(entry.name):
                continue
            if entry.is_symlink():
                self.refused.append(Refusal("/".join(here), "is a link and was not followed"))
            elif entry.is_dir():
                self._walk(Path(entry.path), here)
            elif entry.is_file():
                status = entry.stat()
                moment = datetime.fromtimestamp(status.st_mtime, UTC)
                self.files.append(Found(here, status.st_size, moment, _opening(Path(entry.path))))
            else:
                self.refused.append(Refusal("/".join(here), "is no plain file"))


@contextmanager
def unpacked(found: Found, zone: tzinfo | None) -> Iterator[tuple[list[Found], list[Refusal]]]:
    """The files in a student's own zip, to be read while the context lasts; zips within it stay closed.

    Raises
    ------
    SubmissionRefused
        If it is too large, damaged, or unpacks to too much. What is wrong with single files in it is listed beside
        them.
    """
    with tempfile.TemporaryFile() as copy:
        found.copy_to(copy, ARCHIVE_MIB * 2**20)
        if _listing_size(copy) > _LISTING_BYTES:
            raise SubmissionRefused(f"lists more files than the {ARCHIVE_FILES} that are taken")
        try:
            archive = zipfile.ZipFile(copy)
        except _DAMAGE as error:
            raise SubmissionRefused(f"is not a zip that can be read: {error}") from error
        with archive:
            files, refused = listed(archive, found.parts, zone, packed=True)
            total = sum(file.size for file in files)
            if len(files) > ARCHIVE_FILES or total > ARCHIVE_MIB * 2**20:
                raise SubmissionRefused(
                    f"unpacks to {len(files)} files and {_mib(total)}; taken are at most {ARCHIVE_FILES} files and"
                    f" {ARCHIVE_MIB} MiB"
                )
            yield files, refused


def _opening(path: Path) -> Callable[[], IO[bytes]]:
    """Opens a file of a folder later, refusing a link that has taken its place."""

    def opener() -> IO[bytes]:
        return os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb")

    return opener


def listed(
    archive: zipfile.ZipFile, parts: tuple[str, ...], zone: tzinfo | None, packed: bool = False
) -> tuple[list[Found], list[Refusal]]:
    """What a zip lists, and what of that is not to be touched: links, paths that lead out of it, encrypted files."""
    files, refused = [], []
    for info in archive.infolist():
        path = _decoded(info).replace("\\", "/")
        names = tuple(path.split("/"))
        if path.endswith("/") or any(_NOISE.fullmatch(name) for name in names):
            continue
        shown = "/".join((*parts, _CONTROL.sub("?", path)))
        why = _wrong(info, path, names)
        if why:
            refused.append(Refusal(shown, why))
        else:
            clean = tuple(name for name in names if name not in ("", "."))
            files.append(
                Found((*parts, *clean), info.file_size, _moment(info, zone), partial(archive.open, info), packed)
            )
    return files, refused


def _wrong(info: zipfile.ZipInfo, path: str, names: tuple[str, ...]) -> str:
    """Why an entry of a zip is refused; empty if it is not."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if ".." in names or path.startswith("/") or re.match(r"[A-Za-z]:", path):
        return "its path leads out of the zip"
    if kind == stat.S_IFLNK:
        return "is a link and was not followed"
    if kind not in (0, stat.S_IFREG):
        return "is no plain file"
    if info.flag_bits & 1:
        return "is encrypted: hand it in without a password"
    if _CONTROL.search(path) or not any(name not in ("", ".") for name in names) or max(map(_length, names)) > 200:
        return "has a name that no file can have"
    return ""


def _length(name: str) -> int:
    return len(name.encode("utf-8", "surrogatepass"))


def _decoded(info: zipfile.ZipInfo) -> str:
    """The name of an entry; many programs write UTF-8 without saying so, which Python reads as DOS characters."""
    if not info.flag_bits & 0x800:
        try:
            return info.orig_filename.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return info.orig_filename


def _moment(info: zipfile.ZipInfo, zone: tzinfo | None) -> datetime | None:
    try:
        return datetime(*info.date_time, tzinfo=zone)
    except ValueError:
        return None


def _listing_size(file: IO[bytes]) -> int:
    """Bytes of a zip's list of files, as its last record says; 0 where there is no such record.

    Python reads that list whole when it opens a zip, so it must be known before.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 22 - 2**16))
    tail = file.read()
    start = tail.rfind(b"PK\x05\x06")
    return struct.unpack_from("<I", tail, start + 12)[0] if 0 <= start <= len(tail) - 22 else 0


def _mib(size: int) -> str:
    return f"{size / 2**20:.0f} MiB" if size >= 2**20 else f"{size} bytes"

"""Take a data set's files out of what was downloaded, and nothing else out of it."""

from __future__ import annotations

import errno
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath

from utils.data.errors import DataDamaged, UnsafeArchive
from utils.data.registry import DataSet
from utils.data.store import belongs

_ROOM = 4
"""How many times the registry's size an archive may unpack to before it is refused."""
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, IndexError, RuntimeError, UnicodeDecodeError)
"""What `zipfile` raises for bytes that are no whole archive: for which of them depends on where the damage is."""


def unpack(data: DataSet, files: Sequence[Path], target: Path) -> None:
    """Fill the empty folder `target` with a data set's files.

    Parameters
    ----------
    data : DataSet
    files : sequence of Path
        What was downloaded, in the order of ``data.downloads``.
    target : Path

    Raises
    ------
    UnsafeArchive
        If an archive holds a link, a path out of its folder, or far more than it should.
    DataDamaged
        If an archive cannot be read to its end.
    """
    if data.kind == "sentences":
        join_sentences(files, target)
        return
    for file in files:
        unpack_zip(data, file, target)


def unpack_zip(data: DataSet, archive: Path, target: Path) -> None:
    """Unpack the members that belong to a data set; every byte is checked against the archive's checksums."""
    try:
        with zipfile.ZipFile(archive) as content:
            entries = content.infolist()
            for entry in entries:
                _refuse_unsafe(archive, entry)
            wanted = [(entry, name) for entry in entries if (name := _inside(data, entry)) and belongs(data, name)]
            if sum(entry.file_size for entry, _ in wanted) > _ROOM * data.size:
                raise UnsafeArchive(f"{archive} would unpack to far more than {data.title.lower()} should take")
            for entry, name in wanted:
                path = target / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with content.open(entry) as source, path.open("wb") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
    except _BROKEN as error:
        raise _damaged(archive, data, error) from error
    except OSError as error:
        # A damaged table of contents makes `zipfile` seek to nowhere; all else is the disk's fault.
        if error.errno == errno.EINVAL:
            raise _damaged(archive, data, error) from error
        raise


def _damaged(archive: Path, data: DataSet, error: Exception) -> DataDamaged:
    return DataDamaged(f"{archive} is no whole zip file ({error}). Delete it and run: course data fetch {data.name}")


def _refuse_unsafe(archive: Path, entry: zipfile.ZipInfo) -> None:
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    leads_out = path.is_absolute() or ".." in path.parts or (path.parts and ":" in path.parts[0])
    if leads_out or stat.S_ISLNK(entry.external_attr >> 16):
        raise UnsafeArchive(
            f"{archive} holds {entry.filename!r}, which would lead out of its folder. Nothing was unpacked; "
            "this is not the file that the course uses: delete it and tell the course's staff"
        )


def _inside(data: DataSet, entry: zipfile.ZipInfo) -> str:
    """Return an entry's path relative to the data set's folder; empty if it is elsewhere or a folder."""
    if entry.is_dir():
        return ""
    path = PurePosixPath(entry.filename)
    if data.inside and not path.is_relative_to(data.inside):
        return ""
    return path.relative_to(data.inside).as_posix() if data.inside else path.as_posix()


SENTENCES = {"train": 20_000, "dev": 5_000, "test": 5_000}
"""Sentences of each class that the course took from each file."""
_UNLABELLED = 5_000
_SHORTEST = 5
"""The course took sentences of at least so many tokens."""


def join_sentences(files: Sequence[Path], target: Path) -> None:
    """Join the six Yelp files (train, dev, test; negative and positive each) into the homework's four.

    The course took the first sentences with at least five tokens, negative ones first. Which sentences its unlabelled
    file holds is not recorded; here they are the ones that follow in the test files, negative and positive in turn.
    """
    pairs = zip(SENTENCES, files[0::2], files[1::2], strict=True)
    for split, negative, positive in pairs:
        readers = [(_long_enough(file), file) for file in (negative, positive)]
        with (target / f"{split}.txt").open("w", encoding="utf-8", newline="\n") as out:
            for label, (reader, file) in enumerate(readers):
                out.writelines(f"{label} {line}\n" for line in _next(reader, SENTENCES[split], file))
        if split == "test":
            rest = [_next(reader, _UNLABELLED, file) for reader, file in readers]
            text = "".join(f"{one}\n{other}\n" for one, other in zip(*rest, strict=True))
            (target / "unlabelled.txt").write_text(text, encoding="utf-8", newline="\n")


def _next(reader: Iterator[str], count: int, file: Path) -> list[str]:
    """The next `count` sentences of a file."""
    try:
        lines = list(islice(reader, count))
    except UnicodeDecodeError as error:
        raise DataDamaged(f"{file} is no text. Delete it and run: course data fetch sentiment") from error
    if len(lines) < count:
        raise DataDamaged(
            f"{file} holds too few sentences, {len(lines):,} where {count:,} are wanted: it is cut short. "
            "Delete it and run: course data fetch sentiment"
        )
    return lines


def _long_enough(file: Path) -> Iterator[str]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if len(line.split()) >= _SHORTEST:
                yield line.strip()

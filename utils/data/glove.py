"""GloVe word vectors: from the text files of Stanford, or from the embedded file, through one loader."""

from __future__ import annotations

import contextlib
import functools
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from utils.data.errors import DataDamaged, DataMissing
from utils.data.numbers import parse_numbers
from utils.data.store import cache_dir, find
from utils.settings import Profiled, profile_of

EMBEDDED = Path(__file__).parent / "embedded" / "glove_10k_50d.npz"
_BLOCK = 1 << 15
"""Bytes that are parsed at once; see `utils.data.numbers`."""
_WORTH_CACHING = 20_000_000
"""Smaller text files are read again each time."""


@dataclass(frozen=True)
class GloVe:
    """Word vectors."""

    words: tuple[str, ...]
    """The words, frequent ones first."""
    vectors: NDArray[np.float32]
    """One row a word, not to be written to: (words, dim)."""

    @functools.cached_property
    def index(self) -> Mapping[str, int]:
        """The row of each word."""
        return MappingProxyType({word: row for row, word in enumerate(self.words)})

    @property
    def dim(self) -> int:
        """Numbers a word."""
        return int(self.vectors.shape[1])

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __getitem__(self, word: str) -> NDArray[np.float32]:
        return self.vectors[self.index[word]]


def load_glove(profile: Profiled, dim: int | None = None) -> GloVe:
    """Return GloVe 6B word vectors.

    Parameters
    ----------
    profile : str or a notebook's settings
        ``smoke``: about 10,000 words, 50 numbers each; ``full``: the downloaded file.
    dim : int, optional
        Numbers a word; the largest there is if not given or 0.

    Raises
    ------
    DataMissing
        If no such vectors are on this machine; the message says how to get them.
    """
    if profile_of(profile) == "smoke":
        return read_glove(EMBEDDED)
    folder = find("glove_6b")
    there = {int(re.findall(r"(\d+)d\.txt$", file.name)[0]): file for file in folder.glob("glove.6B.*d.txt")}
    if dim and dim not in there:
        raise DataMissing(f"{folder} has GloVe vectors of {sorted(there)} numbers, not of {dim}")
    return read_glove(there[dim or max(there)])


def read_glove(path: str | Path) -> GloVe:
    """Return the vectors of a GloVe text file, or of a packed one (``.npz``).

    A large text file is parsed once; the result is kept in the cache and is read from there as long as the file's
    size and date stay the same.

    Raises
    ------
    DataDamaged
        If lines differ in length or hold something that is no number.
    """
    path = Path(path)
    if path.suffix == ".npz":
        return _read_packed(path)
    facts = path.stat()
    if facts.st_size < _WORTH_CACHING:
        return _parse(path)
    kept = cache_dir() / "parsed" / f"{path.stem}-{facts.st_size}-{facts.st_mtime_ns}"
    with contextlib.suppress(OSError, ValueError):
        return _read_kept(kept)
    shutil.rmtree(kept, ignore_errors=True)  # damaged, if it is there: else it would be in the way for ever
    glove = _parse(path)
    with contextlib.suppress(OSError):  # a cache that cannot be written to costs time only
        _keep(glove, kept)
        return _read_kept(kept)
    return glove


def pack_glove(glove: GloVe, path: Path) -> None:
    """Write vectors as float16 and words into one ``.npz`` file that `read_glove` reads."""
    words = np.frombuffer("\n".join(glove.words).encode(), dtype=np.uint8)
    np.savez_compressed(path, words=words, vectors=glove.vectors.astype(np.float16))


def _read_packed(path: Path) -> GloVe:
    with np.load(path, allow_pickle=False) as file:
        words = file["words"].tobytes().decode().split("\n")
        vectors = file["vectors"].astype(np.float32)
    return _checked(path, words, vectors)


def _parse(path: Path) -> GloVe:
    words: list[str] = []
    blocks: list[NDArray[np.float32]] = []
    for lines in _blocks(path):
        parts = [line.partition(b" ") for line in lines]
        words += [word.decode() for word, _, _ in parts]
        try:
            numbers = parse_numbers(b"".join(rest for _, _, rest in parts))
            blocks.append(numbers.reshape(len(lines), -1))
        except ValueError as error:
            raise DataDamaged(f"{path}: not one word and as many numbers a line: {error}") from error
    if len({block.shape[1] for block in blocks}) != 1:
        raise DataDamaged(f"{path} holds lines of different lengths, or none; it may be cut short")
    return _checked(path, words, np.concatenate(blocks))


def _blocks(path: Path) -> Iterator[list[bytes]]:
    from tqdm.auto import tqdm  # few read so much text

    size = path.stat().st_size
    bar = tqdm(total=size, unit="B", unit_scale=True, desc=path.name, leave=False, disable=size < _WORTH_CACHING)
    with bar, path.open("rb") as file:
        while lines := file.readlines(_BLOCK):
            bar.update(sum(map(len, lines)))
            if not lines[-1].endswith(b"\n"):
                lines[-1] += b"\n"
            yield lines


def _checked(path: Path, words: list[str], vectors: NDArray[np.float32]) -> GloVe:
    if len(words) != len(vectors) or not np.isfinite(vectors).all():
        raise DataDamaged(f"{path} holds {len(words)} words and {len(vectors)} vectors, or values that are no numbers")
    vectors.flags.writeable = False
    return GloVe(tuple(words), vectors)


def _read_kept(folder: Path) -> GloVe:
    words = (folder / "words.txt").read_text(encoding="utf-8").split("\n")
    vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
    if len(words) != len(vectors):
        raise ValueError(f"{folder} is not whole")
    return GloVe(tuple(words), vectors)


def _keep(glove: GloVe, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
    try:
        (fresh / "words.txt").write_text("\n".join(glove.words), encoding="utf-8", newline="\n")
        np.save(fresh / "vectors.npy", glove.vectors)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)

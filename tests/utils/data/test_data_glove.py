"""Word vectors from text and packed files, and the cache between."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from utils.data import glove as module
from utils.data.embedded.reviews import reviews
from utils.data.errors import DataDamaged, DataMissing
from utils.data.glove import EMBEDDED, GloVe, load_glove, pack_glove, read_glove


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "glove.6B.3d.txt"
    path.write_text("the 0.1 -0.25 3\n, 1e-05 0.5 -1\nnaïve 0.0 1.5 2.5", encoding="utf-8")
    return path


def test_text_file(text_file: Path) -> None:
    glove = read_glove(text_file)
    assert glove.words == ("the", ",", "naïve")
    np.testing.assert_array_equal(glove.vectors, np.float32([[0.1, -0.25, 3], [1e-5, 0.5, -1], [0, 1.5, 2.5]]))
    assert glove.index["naïve"] == 2
    assert glove.dim == 3
    assert len(glove) == 3
    assert "the" in glove
    assert "a" not in glove
    np.testing.assert_array_equal(glove[","], glove.vectors[1])
    with pytest.raises(ValueError, match="read-only"):
        glove.vectors[0] = 0


def test_packed_file_is_read_by_the_same_function(text_file: Path, tmp_path: Path) -> None:
    glove = read_glove(text_file)
    pack_glove(glove, tmp_path / "packed.npz")
    packed = read_glove(tmp_path / "packed.npz")
    assert packed.words == glove.words
    assert packed.vectors.dtype == np.float32
    np.testing.assert_allclose(packed.vectors, glove.vectors, rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("line", ["word 1 2", "word 1 2 3 4", "word 1 2 x", "word"])
def test_a_line_that_does_not_fit(text_file: Path, line: str) -> None:
    text_file.write_text(f"{text_file.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    with pytest.raises(DataDamaged, match=r"glove.6B.3d.txt"):
        read_glove(text_file)


def test_large_files_are_parsed_once(text_file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WORTH_CACHING", 1)
    first = read_glove(text_file)
    kept = list((cache / "parsed").iterdir())
    assert len(kept) == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_parse", None)
        again = read_glove(text_file)
    assert again.words == first.words
    np.testing.assert_array_equal(again.vectors, first.vectors)
    text_file.write_text("changed 1 2 3 4\n")
    assert read_glove(text_file).words == ("changed",)


def test_a_cache_that_is_damaged_or_cannot_be_written_to(
    text_file: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WORTH_CACHING", 1)
    read_glove(text_file)
    kept = next((cache / "parsed").iterdir())
    (kept / "vectors.npy").write_bytes((kept / "vectors.npy").read_bytes()[:-4])
    assert len(read_glove(text_file)) == 3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_parse", None)
        assert len(read_glove(text_file)) == 3, "what was damaged has been made anew"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "file"))
    assert len(read_glove(text_file)) == 3


def test_a_text_file_is_parsed_several_times_faster_than_number_by_number(tmp_path: Path) -> None:
    """That reads 400,000 words of 300 numbers in some ten seconds. Work is measured, so a busy machine does no harm."""
    rng = np.random.default_rng(0)
    rows = [" ".join(f"{value:.5g}" for value in row) for row in rng.normal(0, 0.4, (100, 300))]
    path = tmp_path / "glove.6B.300d.txt"
    path.write_text("".join(f"word{number} {rows[number % 100]}\n" for number in range(1000)), encoding="utf-8")

    def work(read: Callable[[], object]) -> float:
        times = []
        for _ in range(3):
            start = time.process_time()
            read()
            times.append(time.process_time() - start)
        return min(times)

    def one_by_one() -> object:
        lines = path.read_text(encoding="utf-8").splitlines()
        return np.array([[float(number) for number in line.split(" ")[1:]] for line in lines], dtype=np.float32)

    assert read_glove(path).vectors.shape == (1000, 300)
    assert work(lambda: read_glove(path)) < work(one_by_one) / 2


def test_embedded_vectors() -> None:
    glove = load_glove("smoke")
    assert (len(glove), glove.dim) == (10_000, 50)
    assert glove.words[:3] == ("the", ",", ".")
    assert len(set(glove.words)) == len(glove)
    assert EMBEDDED.stat().st_size <= 1.2 * 2**20
    near = glove.vectors / np.linalg.norm(glove.vectors, axis=1, keepdims=True)
    assert "waitress" in [glove.words[row] for row in np.argsort(near @ near[glove.index["waiter"]])[-6:]]


def test_embedded_vectors_know_most_words_of_the_embedded_reviews() -> None:
    glove = load_glove("smoke")
    words = {word for split in ("train", "test") for text in reviews(498, split, 1000)[0] for word in text.split()}
    unknown = {word for word in words if word not in glove}
    assert 4 <= len(unknown) <= 10
    assert "_num_" in unknown


def test_full_profile_takes_the_longest_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "glove.6B"
    folder.mkdir()
    for dim in (2, 10):
        (folder / f"glove.6B.{dim}d.txt").write_text("the" + " 0.5" * dim + "\n")
    monkeypatch.setenv("COURSE_DATA_MIRROR", str(tmp_path))
    assert load_glove("full").dim == 10
    assert load_glove("full", dim=2).dim == 2
    with pytest.raises(DataMissing, match=r"has GloVe vectors of \[2, 10\] numbers, not of 300"):
        load_glove("full", dim=300)


@pytest.mark.real_data
def test_real_file(real_data: Path) -> None:
    start = time.perf_counter()
    glove = load_glove("full", dim=50)
    assert isinstance(glove, GloVe)
    assert time.perf_counter() - start < 20
    assert len(glove) == 22_322
    with (real_data / "glove.6B" / "glove.6B.50d.txt").open(encoding="utf-8") as lines:
        row = next(lines).split()
    np.testing.assert_array_equal(glove[row[0]], np.array(row[1:], dtype=np.float32))
    embedded = load_glove("smoke")
    shared = [word for word in embedded.words if word in glove]
    assert len(shared) > 9_000
    mine, theirs = (np.stack([vectors[word] for word in shared]) for vectors in (embedded, glove))
    np.testing.assert_allclose(mine, theirs, rtol=2e-3, atol=1e-4)

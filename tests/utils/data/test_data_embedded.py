"""The embedded data: same layouts as the real ones, fixed by a seed, and with something to learn."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from utils.data import drawn as module
from utils.data import load_hymenoptera, load_sentiment, load_styles
from utils.data.drawn import EMBEDDED, SEED, draw_all, drawn
from utils.data.embedded.insects import insect, write_insects
from utils.data.embedded.reviews import reviews, write_reviews
from utils.data.embedded.scenes import write_scenes
from utils.data.errors import CacheNotWritable
from utils.pretrained import EmbeddedNet, embedded_net
from utils.pretrained.weights import MEAN, STD


def digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()


def test_drawn_once_and_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = drawn("sentiment")
    assert folder.parent == cache / "drawn"
    monkeypatch.setitem(EMBEDDED, "sentiment", (EMBEDDED["sentiment"][0], lambda folder, seed: pytest.fail("again")))
    assert drawn("sentiment") == folder
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_new_version_has_a_folder_of_its_own(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = drawn("sentiment")
    monkeypatch.setitem(EMBEDDED, "sentiment", (99, EMBEDDED["sentiment"][1]))
    assert drawn("sentiment") != first


def test_half_drawn_data_are_not_taken_for_whole(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(folder: Path, seed: int) -> None:
        (folder / "train.txt").write_text("0 half\n")
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(EMBEDDED, "sentiment", (EMBEDDED["sentiment"][0], stopped))
        with pytest.raises(KeyboardInterrupt):
            drawn("sentiment")
    assert list((cache / "drawn").iterdir()) == []
    assert len(load_sentiment("smoke").train.tokens) == 4000


def test_a_cache_that_cannot_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "file"))
    module._temporary.cache_clear()
    folder = drawn("sentiment")
    assert folder.parent.name.startswith("course-data-")
    assert drawn("sentiment") == folder
    module._temporary.cache_clear()
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path / "file"))
    with pytest.raises(CacheNotWritable, match="Set COURSE_DATA_DIR to a folder of your own"):
        drawn("sentiment")


def test_a_cache_that_can_only_be_read_is_used(shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = drawn("styles")
    monkeypatch.setattr(module, "_make", lambda *arguments: pytest.fail("nothing needs to be made"))
    assert drawn("styles") == folder


def test_all_can_be_drawn_ahead(shared_cache: Path) -> None:
    assert draw_all() == shared_cache / "drawn"
    assert {path.name.split("-")[0] for path in draw_all().iterdir()} >= set(EMBEDDED)


WRITERS = {
    "insects": lambda folder, seed: write_insects(folder, seed, {"train": 4}),
    "reviews": lambda folder, seed: write_reviews(folder, seed, {"train": 50, "unlabelled": 10}),
    "styles": EMBEDDED["styles"][1],
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_seed_fixes_the_data(tmp_path: Path, name: str) -> None:
    for folder, seed in (("one", 1), ("same", 1), ("other", 2)):
        WRITERS[name](tmp_path / folder, seed)
    assert digest(tmp_path / "one") == digest(tmp_path / "same") != digest(tmp_path / "other")


def test_a_seed_fixes_scenes(tmp_path: Path) -> None:
    for folder, seed in (("one", 1), ("same", 1), ("other", 2)):
        write_scenes(tmp_path / folder, seed, {"train": 20, "val": 4})
    pictures = [digest(tmp_path / folder / "images") for folder in ("one", "same", "other")]
    assert pictures[0] == pictures[1] != pictures[2]
    vocabularies = [(tmp_path / folder / "coco2014_vocab.json").read_text() for folder in ("one", "same")]
    assert vocabularies[0] == vocabularies[1]


def test_hymenoptera_has_the_real_layout() -> None:
    from torchvision.datasets import ImageFolder

    folder = load_hymenoptera("smoke")
    for split, count in (("train", 60), ("val", 40)):
        pictures = ImageFolder(folder / split)
        assert pictures.classes == ["ants", "bees"]
        assert Counter(pictures.targets) == {0: count, 1: count}
    assert pictures[0][0].size == (96, 96)


def test_styles_are_pictures() -> None:
    styles = load_styles("smoke")
    assert set(styles) == {"town", "swirls", "geometry"}
    for path in styles.values():
        with Image.open(path) as picture:
            assert min(picture.size) >= 192


def insects(seed: int, count: int) -> tuple[torch.Tensor, NDArray[np.int64]]:
    labels = np.arange(count) % 2
    drawings = [insect(np.random.default_rng([seed, i]), ("ants", "bees")[i % 2], 64) for i in range(count)]
    bytes_ = torch.from_numpy(np.stack([np.asarray(drawing) for drawing in drawings]))
    pixels = bytes_.permute(0, 3, 1, 2).float() / 255
    return (pixels - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1), labels


def linear_accuracy(
    known: NDArray[np.float32], labels: NDArray[np.int64], unseen: NDArray[np.float32], expected: NDArray[np.int64]
) -> float:
    """Return the accuracy of ridge regression with the best of several penalties: rather too much than too little."""
    mean, std = known.mean(0), known.std(0) + 1e-6
    x, z = (known - mean) / std, (unseen - mean) / std
    gram = x @ x.T
    scores = [z @ (x.T @ np.linalg.solve(gram + p * np.eye(len(x)), 2.0 * labels - 1)) for p in (10, 100, 1e3, 1e4)]
    return max(float(np.mean((score > 0) == expected)) for score in scores)


@torch.no_grad()
def test_pixels_do_not_tell_insects_apart_and_trained_features_do() -> None:
    known, labels = insects(1, 120)
    unseen, expected = insects(2, 200)

    def accuracy(net: EmbeddedNet | None) -> float:
        if net is None:
            inputs = [torch.nn.functional.avg_pool2d(x, 2).flatten(1).numpy() for x in (known, unseen)]
        else:
            inputs = [net.avgpool(net.features(x)).flatten(1).numpy() for x in (known, unseen)]
        return linear_accuracy(inputs[0], labels, inputs[1], expected)

    torch.manual_seed(0)
    random = EmbeddedNet(2).train()
    random(known)
    assert accuracy(None) <= 0.65
    assert accuracy(random.eval()) <= 0.75
    assert accuracy(embedded_net()) >= 0.85


def test_reviews_have_the_files_format() -> None:
    sentences = load_sentiment("smoke")
    for split, count in ((sentences.train, 4000), (sentences.dev, 1000), (sentences.test, 1000)):
        assert len(split.tokens) == len(split.labels) == count
        assert split.labels.mean() == 0.5
    assert len(sentences.unlabelled) == 500
    tokens = [token for sentence in sentences.train.tokens for token in sentence]
    assert "_num_" in tokens
    assert all(token == token.lower() for token in tokens)
    assert min(map(len, sentences.train.tokens)) == 1
    known = set(tokens)
    for other in (sentences.dev.tokens, sentences.test.tokens, sentences.unlabelled):
        assert {token for sentence in other for token in sentence} - known
        assert min(map(len, other)) == 1


def test_the_same_words_praise_and_complain() -> None:
    bags: dict[tuple[str, ...], set[int]] = {}
    sentences: dict[str, set[int]] = {}
    for text, label in zip(*reviews(SEED, "train", 20_000), strict=True):
        bags.setdefault(tuple(sorted(text.split())), set()).add(label)
        sentences.setdefault(text, set()).add(label)
    assert any(len(labels) == 2 for labels in bags.values())
    assert all(len(labels) == 1 for labels in sentences.values())


def test_a_bag_of_words_is_not_enough() -> None:
    sentences = load_sentiment("smoke")
    numbers: dict[str, int] = {}
    for sentence in sentences.train.tokens:
        for token in sentence:
            numbers.setdefault(token, len(numbers))

    def bags(tokens: list[list[str]]) -> NDArray[np.float32]:
        found = np.zeros((len(tokens), len(numbers)), np.float32)
        for row, sentence in enumerate(tokens):
            found[row, [numbers[token] for token in sentence if token in numbers]] = 1
        return found

    x, y = bags(sentences.train.tokens), 2.0 * sentences.train.labels - 1
    weights = np.linalg.solve(x.T @ x + 10 * np.eye(x.shape[1]), x.T @ y)
    accuracy = np.mean((bags(sentences.test.tokens) @ weights > 0) == sentences.test.labels)
    assert 0.6 <= accuracy <= 0.8

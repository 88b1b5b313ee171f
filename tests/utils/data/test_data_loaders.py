"""Reading sentences and captions, and what is said of files that are not as they should be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from utils.data import (
    caption_image,
    coco_folder,
    decode_captions,
    load_coco_data,
    load_hymenoptera,
    load_sentiment,
    load_styles,
    read_sentences,
    read_split,
    sample_coco_minibatch,
)
from utils.data.errors import DataDamaged, DataMissing, DownloadFailed
from utils.settings import settings_for

LOADERS = (load_hymenoptera, load_sentiment, load_styles, coco_folder)


@pytest.mark.parametrize("load", LOADERS)
def test_loaders_take_a_profile_or_settings(load: object) -> None:
    assert load("smoke")  # type: ignore[operator]
    assert load(settings_for("1_transfer_learning", "smoke"))  # type: ignore[operator]


@pytest.mark.parametrize("load", LOADERS)
def test_the_full_profile_asks_for_the_real_data(load: object, cache: Path) -> None:
    with pytest.raises(DataMissing, match="course data fetch"):
        load("full")  # type: ignore[operator]


def test_empty_and_one_token_sentences_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "train.txt"
    path.write_text("1 good .\n0 \n1\n0 bad\n1 odd\u2028line\n", encoding="utf-8")
    tokens, labels = read_split(path)
    assert tokens == [["good", "."], [], [], ["bad"], ["odd", "line"]]
    np.testing.assert_array_equal(labels, [1, 0, 1, 0, 1])
    for name in ("dev", "test"):
        (tmp_path / f"{name}.txt").write_text("0 x\n")
    (tmp_path / "unlabelled.txt").write_text("a b\n\nc")
    assert read_sentences(tmp_path).unlabelled == [["a", "b"], [], ["c"]]


@pytest.mark.parametrize("line", ["good .", "2 good", "", "1good"])
def test_a_line_without_label(tmp_path: Path, line: str) -> None:
    path = tmp_path / "dev.txt"
    path.write_text(f"1 fine\n{line}\n0 bad\n")
    with pytest.raises(DataDamaged, match=r"dev.txt, line 2: expected 0 or 1 before the sentence"):
        read_split(path)


@pytest.fixture(scope="module")
def folder(shared_cache: Path) -> Path:
    return coco_folder("smoke")


def test_captions_have_the_layout_of_coco(folder: Path) -> None:
    data = load_coco_data(folder)
    assert data["train_captions"].shape == (2000, 17)
    assert data["val_captions"].shape == (500, 17)
    assert data["train_features"].shape == (400, 512)
    assert data["train_features"].dtype == np.float32
    assert data["train_image_idxs"].max() == 399
    assert data["idx_to_word"][:4] == ["<NULL>", "<START>", "<END>", "<UNK>"]
    assert all(data["idx_to_word"][index] == word for word, index in data["word_to_idx"].items())
    captions = data["train_captions"]
    assert (captions[:, 0] == 1).all()
    assert ((captions == 2).sum(1) == 1).all()
    assert ((captions == 0) == (np.cumsum(captions == 2, axis=1) - (captions == 2) > 0)).all()


def test_each_picture_has_several_phrasings(folder: Path) -> None:
    data = load_coco_data(folder)
    for picture in range(20):
        texts = decode_captions(data["train_captions"][data["train_image_idxs"] == picture], data["idx_to_word"])
        assert len(set(texts)) == 5


def test_max_train(folder: Path) -> None:
    np.random.seed(0)
    some = load_coco_data(folder, max_train=50)
    assert some["train_captions"].shape == (50, 17)
    assert some["train_image_idxs"].shape == (50,)
    assert some["train_features"].shape == (400, 512)
    everything = load_coco_data(folder, max_train=10**6)
    assert len(everything["train_captions"]) == 2000
    texts = {tuple(caption) for caption in everything["train_captions"]}
    assert all(tuple(caption) in texts for caption in some["train_captions"])


def test_minibatch_belongs_together(folder: Path) -> None:
    data = load_coco_data(folder)
    data["train_features"] = np.arange(400, dtype=np.float32)[:, None].repeat(512, 1)
    np.random.seed(1)
    captions, features, urls = sample_coco_minibatch(data, batch_size=7, split="train")
    assert captions.shape == (7, 17)
    for caption, feature, url in zip(captions, features, urls, strict=True):
        picture = int(feature[0])
        assert url == data["train_urls"][picture]
        own = data["train_captions"][data["train_image_idxs"] == picture]
        assert (own == caption).all(1).any()
    assert caption_image(urls[0], folder).shape == (96, 96, 3)


def test_decode_captions() -> None:
    words = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "dog"]
    both = np.array([[1, 4, 5, 2, 0], [1, 5, 0, 4, 3]])
    assert decode_captions(both, words) == ["<START> a dog <END>", "<START> dog a <UNK>"]
    assert decode_captions(both[0], words) == "<START> a dog <END>"
    assert decode_captions(np.array([[5, 2, 4]]), words) == ["dog <END>"]


def test_captions_that_are_not_whole(tmp_path: Path, folder: Path) -> None:
    import shutil

    copy = shutil.copytree(folder, tmp_path / "copy", ignore=shutil.ignore_patterns("images"))
    (copy / "coco2014_vocab.json").write_text('{"idx_to_word": ["<NULL>"], "word_to_idx": {}}')
    with pytest.raises(DataDamaged, match="hold words that the vocabulary lacks"):
        load_coco_data(copy)
    (copy / "train2014_vgg16_fc7_pca.h5").write_bytes(b"half")
    with pytest.raises(DataDamaged, match="cannot be read as captions"):
        load_coco_data(copy)
    with pytest.raises(DataDamaged, match="cannot be read as captions"):
        load_coco_data(folder, pca_features=False)


def test_pictures_that_are_not_there(folder: Path) -> None:
    with pytest.raises(DataDamaged, match="is no picture"):
        caption_image("images/none.jpg", folder)
    with pytest.raises(DownloadFailed, match="Choose another picture"):
        caption_image("http://127.0.0.1:9/picture.jpg", folder)


@pytest.mark.real_data
def test_real_sentences(real_data: Path) -> None:
    sentences = load_sentiment("full")
    assert [len(split.tokens) for split in sentences[:3]] == [40_000, 10_000, 10_000]
    assert len(sentences.unlabelled) == 10_000
    assert len({token for sentence in sentences.train.tokens for token in sentence}) == 7_639


@pytest.mark.real_data
def test_real_captions(real_data: Path) -> None:
    data = load_coco_data(coco_folder("full"), max_train=100)
    captions, features, urls = sample_coco_minibatch(data, 5)
    assert captions.shape == (5, 17)
    assert features.shape == (5, 512)
    assert caption_image(urls[0], coco_folder("full")).ndim == 3


@pytest.mark.real_data
def test_real_pictures(real_data: Path) -> None:
    from torchvision.datasets import ImageFolder

    folder = load_hymenoptera("full")
    assert [len(ImageFolder(folder / split)) for split in ("train", "val")] == [244, 153]
    assert set(load_styles("full")) == {"tubingen", "composition_vii", "the_scream", "starry_night"}

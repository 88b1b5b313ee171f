"""Captions with picture features, in the layout of ``coco_captioning``: loading, minibatches, and back to words."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from utils.data.drawn import drawn
from utils.data.errors import DataDamaged, DownloadFailed
from utils.data.store import find
from utils.settings import Profiled, profile_of

_SPLITS = ("train", "val")


def coco_folder(profile: Profiled) -> Path:
    """Return the folder to give to `load_coco_data`.

    Parameters
    ----------
    profile : str or a notebook's settings
        ``smoke``: drawn scenes; ``full``: COCO, or what a mirror has in the same layout.

    Raises
    ------
    DataMissing
        If the real data are not on this machine; the message says how to get them.
    """
    return drawn("coco_captioning") if profile_of(profile) == "smoke" else find("coco_captioning")


def load_coco_data(base_dir: str | Path, max_train: int | None = None, pca_features: bool = True) -> dict[str, Any]:
    """Return captions, features and vocabulary of a folder in the layout of ``coco_captioning``.

    Parameters
    ----------
    base_dir : str or Path
        From `coco_folder`.
    max_train : int, optional
        Use so many training captions only, drawn with NumPy's global generator.
    pca_features : bool, optional
        Features reduced to 512 numbers, or the longer ones if the folder has them.

    Returns
    -------
    dict
        For each split ``train`` and ``val``: ``<split>_captions`` (M, 17) int, ``<split>_image_idxs`` (M,) int with the
        picture of each caption, ``<split>_features`` (pictures, D) float32, ``<split>_urls`` (pictures,) str.
        ``idx_to_word`` is a list of words, ``word_to_idx`` a dict.

    Raises
    ------
    DataDamaged
        If a file is missing or does not fit the others.
    """
    import h5py

    base = Path(base_dir)
    ending = "fc7_pca" if pca_features else "fc7"
    data: dict[str, Any] = {}
    try:
        with h5py.File(base / "coco2014_captions.h5", "r") as file:
            data.update({name: np.asarray(values) for name, values in file.items()})
        for split in _SPLITS:
            with h5py.File(base / f"{split}2014_vgg16_{ending}.h5", "r") as file:
                data[f"{split}_features"] = np.asarray(file["features"], dtype=np.float32)
            urls = (base / f"{split}2014_urls.txt").read_text(encoding="utf-8").split()
            data[f"{split}_urls"] = np.array(urls)
        data.update(json.loads((base / "coco2014_vocab.json").read_text(encoding="utf-8")))
    except (OSError, KeyError, ValueError) as error:
        raise DataDamaged(f"{base} cannot be read as captions: {error}. Check it: course data verify") from error
    _check(base, data)
    if max_train is not None and max_train < len(data["train_captions"]):
        chosen = np.random.choice(len(data["train_captions"]), max_train, replace=False)
        for name in ("train_captions", "train_image_idxs"):
            data[name] = data[name][chosen]
    return data


def _check(base: Path, data: dict[str, Any]) -> None:
    for split in _SPLITS:
        owners, pictures = data[f"{split}_image_idxs"], len(data[f"{split}_features"])
        if len(owners) != len(data[f"{split}_captions"]) or (len(owners) and owners.max() >= pictures):
            raise DataDamaged(f"{base}: the {split} captions belong to pictures that have no features")
        if data[f"{split}_captions"].max(initial=0) >= len(data["idx_to_word"]):
            raise DataDamaged(f"{base}: the {split} captions hold words that the vocabulary lacks")


def sample_coco_minibatch(
    data: dict[str, Any], batch_size: int = 100, split: str = "train"
) -> tuple[NDArray[Any], NDArray[np.float32], NDArray[Any]]:
    """Return random captions with the features and addresses of their pictures.

    Drawn with NumPy's global generator, with replacement.

    Parameters
    ----------
    data : dict
        From `load_coco_data`.
    batch_size : int, optional
    split : {"train", "val"}, optional

    Returns
    -------
    captions : (batch_size, 17) int
    features : (batch_size, D) float32
    urls : (batch_size,) str
    """
    chosen = np.random.choice(len(data[f"{split}_captions"]), batch_size)
    pictures = data[f"{split}_image_idxs"][chosen]
    captions = data[f"{split}_captions"][chosen]
    return captions, data[f"{split}_features"][pictures], data[f"{split}_urls"][pictures]


def decode_captions(captions: NDArray[Any], idx_to_word: Sequence[str]) -> str | list[str]:
    """Return captions as text: up to and including ``<END>``, without ``<NULL>``.

    Parameters
    ----------
    captions : (N, T) or (T,) int
    idx_to_word : sequence of str

    Returns
    -------
    list of str, or str for a single caption
    """
    captions = np.asarray(captions)
    if captions.ndim == 1:
        return _decoded(captions, idx_to_word)
    return [_decoded(caption, idx_to_word) for caption in captions]


def _decoded(caption: NDArray[Any], idx_to_word: Sequence[str]) -> str:
    words = []
    for index in caption:
        word = idx_to_word[int(index)]
        if word != "<NULL>":
            words.append(word)
        if word == "<END>":
            break
    return " ".join(words)


def caption_image(url: str, base_dir: str | Path) -> NDArray[np.uint8]:
    """Return the picture of a caption: (H, W, 3).

    Parameters
    ----------
    url : str
        One of the ``urls`` of `load_coco_data`: a web address, or a path below `base_dir`.
    base_dir : str or Path

    Raises
    ------
    DownloadFailed
        If the address cannot be reached; many pictures of COCO are no longer where they were.
    DataDamaged
        If there is no such picture.
    """
    if "://" in url:
        import requests

        try:
            response = requests.get(url, timeout=20)
            response.raise_for_status()
        except requests.exceptions.RequestException as error:
            raise DownloadFailed(f"{url} could not be fetched: {error}. Choose another picture") from error
        source: io.BytesIO | Path = io.BytesIO(response.content)
    else:
        source = Path(base_dir) / url
    try:
        return np.asarray(Image.open(source).convert("RGB"))
    except OSError as error:
        raise DataDamaged(f"{url} is no picture: {error}") from error

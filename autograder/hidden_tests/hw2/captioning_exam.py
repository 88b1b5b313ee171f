"""The pictures on which the trained captioners of problem 5 are judged: the same that the notebook has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.captioning import BLEU_score, one_caption_each
from utils.data import coco_folder, decode_captions, load_coco_data
from utils.settings import profile_of, settings_for

NOTEBOOK = "5_image_captioning"
SEED = 498
MOST = 500


@dataclass(frozen=True)
class Pictures:
    """Features of pictures, and what people have said of each."""

    features: NDArray[np.float32]
    captions: list[list[str]]
    words: list[str]

    def bleu(self, said: NDArray[np.int64]) -> float:
        """The mean BLEU-1 of one caption for each picture, (N, L)."""
        texts = decode_captions(said, self.words)
        return float(np.mean([BLEU_score(true, text) for true, text in zip(self.captions, texts, strict=True)]))


def goal() -> float:
    """The BLEU-1 on training captions that brings the points."""
    return float(settings_for(NOTEBOOK, profile_of()).goal)


@cache
def pictures(split: str, profile: str) -> Pictures:
    """The pictures of a split: for ``train``, those that the notebook lets the models learn by heart."""
    data = load_coco_data(coco_folder(profile))
    if split == "train":
        with _seeded():
            data = one_caption_each(data, settings_for(NOTEBOOK, profile).max_train)
    owners: NDArray[Any] = data[f"{split}_image_idxs"]
    chosen = np.unique(owners)
    chosen = chosen[np.linspace(0, len(chosen) - 1, min(MOST, len(chosen))).astype(int)]
    true: dict[int, list[str]] = {int(picture): [] for picture in chosen}
    for owner, caption in zip(owners, data[f"{split}_captions"], strict=True):
        if int(owner) in true:
            true[int(owner)].append(str(decode_captions(caption, data["idx_to_word"])))
    return Pictures(data[f"{split}_features"][chosen], list(true.values()), data["idx_to_word"])


@contextmanager
def _seeded() -> Iterator[None]:
    """NumPy's global generator as the notebook has seeded it, and afterwards as it was."""
    before = np.random.get_state()
    np.random.seed(SEED)
    try:
        yield
    finally:
        np.random.set_state(before)

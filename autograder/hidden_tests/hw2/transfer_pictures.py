"""Pictures of ants and bees that no student has seen, prepared as the notebook prepares its validation set."""

from __future__ import annotations

import functools
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from utils.data import load_hymenoptera
from utils.data.embedded.insects import CLASSES, insect
from utils.settings import profile_of, settings_for

NOTEBOOK = "1_transfer_learning"
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""As in `utils.pretrained.weights`, which needs torch; the grader's own process does without. A test compares them."""

Pictures = NDArray[np.float32]
"""Normalised, (N, 3, H, W)."""
Labels = NDArray[np.int64]
"""0 for ants, 1 for bees, (N,)."""


def draw(rng: np.random.Generator, count: int) -> tuple[Pictures, Labels]:
    """Draw embedded pictures of both classes, half of each, in random order."""
    return _drawn(int(rng.integers(2**62)), count)


@functools.lru_cache(maxsize=8)
def _drawn(seed: int, count: int) -> tuple[Pictures, Labels]:
    # Every student of a class is shown the same pictures, so they need not be drawn anew for each.
    rng = np.random.default_rng(seed)
    settings = settings_for(NOTEBOOK, "smoke")
    labels = rng.permutation(np.arange(count, dtype=np.int64) % len(CLASSES))
    drawn = (_as_file(insect(rng, CLASSES[label])) for label in labels)
    return np.stack([prepare(picture, settings.resize, settings.image_size) for picture in drawn]), labels


def unseen(rng: np.random.Generator, count: int) -> tuple[Pictures, Labels]:
    """Return pictures to judge a trained model by.

    In the smoke profile they are drawn for this purpose. In the full profile there are no others than the validation
    photographs, so they are turned round, left and right, and cut a little more closely.
    """
    settings = settings_for(NOTEBOOK, profile_of())
    if settings.profile == "smoke":
        return draw(rng, count)
    files = _files(load_hymenoptera("full") / "val")
    chosen = [files[index] for index in rng.permutation(len(files))[:count]]
    pictures = [_read(path).transpose(Image.Transpose.FLIP_LEFT_RIGHT) for path, _ in chosen]
    side = settings.image_size
    closer = round((settings.resize + side) / 2)
    return np.stack([prepare(picture, closer, side) for picture in pictures]), _labels(chosen)


def validation_set() -> tuple[Pictures, Labels]:
    """Return the validation set of the notebook, in the order of its files."""
    return _validation_set(profile_of())


@functools.cache
def _validation_set(profile: str) -> tuple[Pictures, Labels]:
    settings = settings_for(NOTEBOOK, profile)
    files = _files(load_hymenoptera(settings.profile) / "val")
    prepared = [prepare(_read(path), settings.resize, settings.image_size) for path, _ in files]
    return np.stack(prepared), _labels(files)


def prepare(picture: Image.Image, resize: int, side: int) -> Pictures:
    """Scale the shorter side to `resize`, cut out the middle, `side` pixels wide, and normalise: (3, side, side)."""
    width, height = picture.size
    short = min(width, height)
    picture = picture.resize((int(resize * width / short), int(resize * height / short)), Image.Resampling.BILINEAR)
    left, top = (round((length - side) / 2) for length in picture.size)
    pixels = np.asarray(picture.crop((left, top, left + side, top + side)), np.float32) / 255
    normalised = (pixels - np.array(MEAN)) / np.array(STD)
    return normalised.transpose(2, 0, 1).astype(np.float32)


def _as_file(picture: Image.Image) -> Image.Image:
    """Return the picture as it comes back from a JPEG file, like those that the students' models have learnt from."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=92)
    return Image.open(file).convert("RGB")


def _read(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB")


def _files(folder: Path) -> list[tuple[Path, int]]:
    return [(path, label) for label, name in enumerate(CLASSES) for path in sorted((folder / name).glob("*.jpg"))]


def _labels(files: Sequence[tuple[Path, int]]) -> Labels:
    return np.array([label for _, label in files], dtype=np.int64)

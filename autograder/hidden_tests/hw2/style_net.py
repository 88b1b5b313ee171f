"""A small network and two small pictures for the tests of style transfer, and what a result is worth on them."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

from autograder.hidden_tests.hw2 import style_reference as reference
from autograder.hidden_tests.hw2.style_reference import Array

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CHANNELS = ((3, 8, 1), (8, 12, 2), (12, 8, 1))
"""Inputs, outputs and stride of the convolutions; each has a ReLU behind it, which is a layer of its own."""
LAYERS = 2 * len(CHANNELS)

Pixels = NDArray[np.uint8]
Convolution = tuple[Array, Array, int]


@dataclass(frozen=True)
class Task:
    """One call of `style_transfer`: its arguments, and how good a picture is for them."""

    network: tuple[Convolution, ...]
    content: Pixels
    """(H, W, 3)"""
    style: Pixels
    image_size: int
    style_size: int
    content_layer: int
    content_weight: float
    style_layers: tuple[int, ...]
    style_weights: tuple[float, ...]
    tv_weight: float

    def with_weights(self, content: float = 0.0, style: float = 0.0, tv: float = 0.0) -> Task:
        """The same with the weights multiplied by numbers, of which 0 is one."""
        return replace(
            self,
            content_weight=content * self.content_weight,
            style_weights=tuple(style * weight for weight in self.style_weights),
            tv_weight=tv * self.tv_weight,
        )

    @functools.cached_property
    def content_image(self) -> Array:
        """The content picture as the network sees it: (1, 3, H, W)."""
        return prepare(self.content, self.image_size)

    @functools.cached_property
    def style_image(self) -> Array:
        """The style picture as the network sees it."""
        return prepare(self.style, self.style_size)

    def terms(self, img: Array) -> tuple[float, float, float]:
        """The content, the style and the total-variation term of the loss of a picture (1, 3, H, W)."""
        current, content, style = (
            features(image, self.network) for image in (img, self.content_image, self.style_image)
        )
        targets = [reference.gram_matrix(style[layer]) for layer in self.style_layers]
        layer = self.content_layer
        return (
            float(reference.content_loss(self.content_weight, current[layer], content[layer])),
            float(reference.style_loss(current, self.style_layers, targets, self.style_weights)),
            float(reference.tv_loss(img, self.tv_weight)),
        )


def features(img: Array, network: Sequence[Convolution]) -> list[Array]:
    """The outputs of all layers, each (1, C, H, W)."""
    found, x = [], img
    for weight, bias, stride in network:
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = sliding_window_view(padded, (3, 3), axis=(2, 3))[:, :, ::stride, ::stride]
        # (N, I, H, W, 3, 3) with (O, I, 3, 3) gives (N, H, W, O)
        x = np.tensordot(windows, weight, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)
        x = x + bias.reshape(1, -1, 1, 1)
        found.append(x)
        x = np.maximum(x, 0)
        found.append(x)
    return found


def prepare(pixels: Pixels, size: int) -> Array:
    """Scale the shorter side to `size` and normalise, as the notebook's `preprocess` does: (1, 3, H, W)."""
    picture = Image.fromarray(pixels)
    short = min(picture.size)
    if short != size:
        width, height = (int(size * side / short) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.BILINEAR)
    normalised = (np.asarray(picture, np.float64) / 255 - np.array(MEAN)) / np.array(STD)
    return normalised.transpose(2, 0, 1)[None]


def draw(
    rng: np.random.Generator,
    content_layer: int = 3,
    style_layers: tuple[int, ...] = (1, 3, 5),
    soft: bool = False,
    scale: int = 1,
) -> Task:
    """Draw a network and pictures, with weights that make the terms about equally important.

    Parameters
    ----------
    rng : numpy.random.Generator
    content_layer, style_layers
        Which layers count.
    soft : bool, optional
        Whether the content picture is to have no pixels that are clamped.
    scale : int, optional
        How many times larger than asked for the picture files are.
    """
    network = tuple(
        (rng.normal(size=(outputs, inputs, 3, 3)) * np.sqrt(2 / (9 * inputs)), 0.1 * rng.normal(size=outputs), stride)
        for inputs, outputs, stride in CHANNELS
    )
    content = _blobs(rng, (16 * scale, 20 * scale), 5, (70, 185) if soft else (0, 255))
    style = _blobs(rng, (18 * scale, 12 * scale), 9, (0, 255))
    ones = (1.0,) * len(style_layers)
    plain = Task(network, content, style, 16, 12, content_layer, 1.0, style_layers, ones, 1.0)
    noise = rng.random(plain.content_image.shape)
    weights = []
    for layer in style_layers:
        alone = replace(plain, style_layers=(layer,), style_weights=(1.0,))
        weights.append(1 / alone.terms(plain.content_image)[1])
    content_term, _, tv_term = plain.terms(noise)
    return replace(plain, content_weight=1 / content_term, style_weights=tuple(weights), tv_weight=0.02 / tv_term)


def _blobs(rng: np.random.Generator, size: tuple[int, int], cells: int, span: tuple[int, int]) -> Pixels:
    """A picture of soft spots of any colour."""
    small = Image.fromarray(rng.integers(*span, (cells, cells, 3), endpoint=True).astype(np.uint8))
    return np.asarray(small.resize((size[1], size[0]), Image.Resampling.BILINEAR))

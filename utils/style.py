"""Helpers for style transfer: pictures in and out of the network, its layers, and what happened in a run."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import PIL.Image
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn
from torchvision import transforms
from tqdm import tqdm

from utils.figures import log_scale
from utils.vision import MEAN, STD

TERMS = ("content", "style", "tv")
"""The terms of the loss, in the order in which a log takes them."""
_LINES = {"content": ("--", "C0"), "style": ("-.", "C1"), "tv": (":", "C2"), "total": ("-", "black")}
"""Style and colour of each term's curve: the same in every run, also where a term has no weight."""
_SNAPSHOTS = (0.0, 0.05, 0.2, 0.5, 0.9)
"""When a log keeps the picture, as fractions of the run; the last one is kept anyway."""
_DELAY = 1.0
"""Seconds before a bar appears; a shorter run needs none."""


def preprocess(img: PIL.Image.Image, size: int = 512) -> Tensor:
    """Make the network's input of a picture.

    Parameters
    ----------
    img : PIL.Image.Image
        As ``PIL.Image.open`` returns it.
    size : int, optional
        The shorter side in pixels; the other one follows.

    Returns
    -------
    Tensor (1, 3, H, W)
        Normalised with ImageNet's mean and standard deviation, float32.
    """
    steps = [transforms.Resize(size), transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    pixels: Tensor = transforms.Compose(steps)(img.convert("RGB"))
    return pixels[None]


def deprocess(img: Tensor) -> PIL.Image.Image:
    """Make a picture of the network's input.

    The values are stretched, so that the smallest becomes 0 and the largest full brightness: pixels that were
    optimised in a range of their own look neither dull nor cut off.

    Parameters
    ----------
    img : Tensor (1, 3, H, W) or (3, H, W)
        Normalised, on any device.

    Returns
    -------
    PIL.Image.Image

    Raises
    ------
    ValueError
        If it has another shape.
    """
    pixels = img.detach().cpu().float()
    pixels = pixels[0] if pixels.dim() == 4 and len(pixels) == 1 else pixels
    if pixels.dim() != 3 or len(pixels) != 3:
        raise ValueError(f"expected one picture of shape (1, 3, H, W), got {tuple(img.shape)}")
    pixels = pixels * torch.tensor(STD).view(3, 1, 1) + torch.tensor(MEAN).view(3, 1, 1)
    low, high = pixels.min(), pixels.max()
    stretched = (pixels - low) / (high - low).clamp(min=1e-8)
    return PIL.Image.fromarray((255 * stretched).round().byte().permute(1, 2, 0).numpy())


def extract_features(x: Tensor, cnn: nn.Sequential) -> list[Tensor]:
    """Return the output of every layer.

    Parameters
    ----------
    x : Tensor (N, 3, H, W)
        Normalised pictures.
    cnn : torch.nn.Sequential
        The network; each of its modules is a layer.

    Returns
    -------
    list of Tensor (N, C, H, W)
        In the order of the layers, so that entry ``i`` belongs to layer ``i``. C, H and W are the layer's own.
    """
    features = []
    for module in cnn:
        x = module(x)
        features.append(x)
    return features


class TransferLog:
    """What happens in one run: a progress bar while it runs, the pictures and the learning curve afterwards.

    Parameters
    ----------
    content_img, style_img : Tensor (1, 3, H, W)
        The two pictures that the run began with, normalised.
    iterations : int, optional
        How many there will be.
    """

    def __init__(self, content_img: Tensor, style_img: Tensor, iterations: int = 200) -> None:
        self.losses: dict[str, list[float]] = {name: [] for name in TERMS}
        self.snapshots: dict[int, Tensor] = {}
        self._sources = {"content": content_img.detach().cpu(), "style": style_img.detach().cpu()}
        self._moments = {min(int(part * iterations), iterations - 1) for part in _SNAPSHOTS} | {iterations - 1}
        self._bar = tqdm(total=iterations, desc="style transfer", delay=_DELAY, file=sys.stdout, mininterval=1.0)

    def add(self, img: Tensor, content: Any, style: Any, tv: Any) -> None:
        """Note how far an iteration has come; call it at the end of each.

        Parameters
        ----------
        img : Tensor (1, 3, H, W)
            The picture as it is now.
        content, style, tv : float
            The three terms of the loss, as numbers or as tensors of one element.
        """
        iteration = len(self.losses["content"])
        for name, value in zip(TERMS, (content, style, tv), strict=True):
            self.losses[name].append(float(value.detach()) if isinstance(value, Tensor) else float(value))
        if iteration in self._moments:
            self.snapshots[iteration] = img.detach().cpu().clone()
        self._bar.set_postfix_str(f"loss {self.total[-1]:.4g}", refresh=False)
        self._bar.update()
        if self._bar.n >= (self._bar.total or 0):
            self._bar.close()

    @property
    def total(self) -> list[float]:
        """The whole loss at each iteration."""
        return [math.fsum(values) for values in zip(*self.losses.values(), strict=True)]

    def show(self) -> Figure:
        """Draw content, style and result side by side, the learning curve, and how the picture came about."""
        self._bar.close()
        columns = max(len(self.snapshots), 2)
        figure = plt.figure(figsize=(10.5, 5.2), layout="constrained")
        halves: Any = figure.subfigures(2, 1, height_ratios=(1.25, 1))
        upper, lower = halves
        *pictures, curve = upper.subplots(1, 4, width_ratios=(1, 1, 1, 1.35))
        shown = {**self._sources, "result": next(reversed(self.snapshots.values()), None)}
        for axes, (title, picture) in zip(pictures, shown.items(), strict=True):
            _draw(axes, picture, title)
        self._draw_curve(curve)
        for axes, (iteration, picture) in zip(
            np.ravel(lower.subplots(1, columns)), [*self.snapshots.items(), *[(-1, None)] * columns], strict=False
        ):
            _draw(axes, picture, f"iteration {iteration}" if picture is not None else "")
        plt.show()
        return figure

    def _draw_curve(self, axes: Axes) -> None:
        for name, values in {**self.losses, "total": self.total}.items():
            # A term of weight zero has no place on a logarithmic scale.
            positive = [value if value > 0 else math.nan for value in values]
            if not all(map(math.isnan, positive)):
                style, colour = _LINES[name]
                axes.plot(positive, style, color=colour, lw=1.8 if name == "total" else 1.2, label=name)
        log_scale(axes)
        axes.set(xlabel="iteration", title="loss")
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend(fontsize=7)


def show_images(images: Mapping[str, Any], columns: int = 4) -> Figure:
    """Show pictures side by side.

    Parameters
    ----------
    images : mapping
        By their titles: tensors (1, 3, H, W), or whatever matplotlib shows. What is no picture is left out with a note.
    columns : int, optional
        Pictures in a row.

    Returns
    -------
    matplotlib.figure.Figure
    """
    pictures = {title: image for title, image in images.items() if _is_picture(image)}
    for title in images:
        if title not in pictures:
            print(f"no picture for {title}: does style_transfer return the final image?")
    columns = max(1, min(columns, len(pictures)))
    rows = max(1, math.ceil(len(pictures) / columns))
    figure = plt.figure(figsize=(2.6 * columns, 2.5 * rows), layout="constrained")
    for number, (title, image) in enumerate(pictures.items()):
        _draw(figure.add_subplot(rows, columns, number + 1), image, title)
    plt.show()
    return figure


def _is_picture(image: Any) -> bool:
    if isinstance(image, PIL.Image.Image):
        return True
    shape = tuple(getattr(image, "shape", ()))
    if isinstance(image, Tensor):
        return shape[-3:-2] == (3,) and math.prod(shape[:-3]) == 1
    return len(shape) == 3 and shape[-1] in (3, 4)


def _draw(axes: Axes, picture: Any, title: str) -> None:
    axes.axis("off")
    if picture is None:
        return
    if isinstance(picture, Tensor):
        picture = deprocess(picture.reshape(picture.shape[-3:]))
    axes.imshow(picture)
    axes.set_title(title, fontsize=9)


def describe_layers(features: Iterable[Tensor], cnn: nn.Sequential) -> None:
    """Print number, kind and shape of each layer's output."""
    for number, (module, output) in enumerate(zip(cnn, features, strict=True)):
        print(f"layer {number:2}  {type(module).__name__:12} {tuple(output.shape)}")

"""Drawing on small pictures: a canvas with smooth edges, colours, backgrounds, and what a camera adds.

Positions and lengths are fractions of the picture's side, angles are radians; y grows downwards. Everything random
comes from a `numpy.random.Generator` that the caller passes in, so a seed fixes a picture.
"""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Points = NDArray[np.float64]
"""Positions, one a row: (n, 2)."""

Position = Sequence[float] | NDArray[np.float64]

_OVERSAMPLING = 3


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """Return the colour as red, green, blue of 0 to 255; all three arguments lie in [0, 1], hue also wraps around."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, min(max(saturation, 0.0), 1.0), min(max(value, 0.0), 1.0))
    return round(255 * red), round(255 * green), round(255 * blue)


def random_colour(rng: np.random.Generator, value: tuple[float, float] = (0.1, 1.0)) -> Colour:
    return hsv(rng.random(), rng.uniform(0.1, 0.9), rng.uniform(*value))


def brightness(colour: Colour) -> float:
    """How bright a colour looks, 0 to 255."""
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]


def unlike(rng: np.random.Generator, other: Colour, distance: float = 70.0) -> Colour:
    """Return a random colour that is clearly brighter or darker than `other`."""
    for _ in range(50):
        colour = random_colour(rng)
        if abs(brightness(colour) - brightness(other)) >= distance:
            return colour
    return (20, 20, 20) if brightness(other) > 127 else (235, 235, 235)


def oval(centre: Position, radii: Position, angle: float = 0.0, corners: int = 40) -> Points:
    """Return the outline of an ellipse that is turned by `angle`: (corners, 2)."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    flat = np.stack([radii[0] * np.cos(turn), radii[1] * np.sin(turn)], axis=1)
    return np.asarray(flat @ rotation(angle).T + np.asarray(centre))


def rotation(angle: float) -> Points:
    """Return the matrix that turns columns by `angle`: (2, 2)."""
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


class Canvas:
    """A square picture that is drawn larger than it ends up, so that edges are smooth.

    Parameters
    ----------
    size : int
        Side of the finished picture in pixels.
    background : PIL.Image.Image or colour
        What is there before anything is drawn.
    """

    def __init__(self, size: int, background: Image.Image | Colour) -> None:
        self.size = size
        self.side = size * _OVERSAMPLING
        if isinstance(background, Image.Image):
            self.image = background.resize((self.side, self.side), Image.Resampling.BICUBIC)
        else:
            self.image = Image.new("RGB", (self.side, self.side), background)
        self._draw = ImageDraw.Draw(self.image, "RGBA")

    def polygon(self, points: Points, colour: Colour, opacity: float = 1.0) -> None:
        self._draw.polygon(self._pixels(points), fill=(*colour, round(255 * opacity)))

    def line(self, points: Points, colour: Colour, width: float) -> None:
        pixels = max(1, round(width * self.side))
        self._draw.line(self._pixels(points), fill=colour, width=pixels, joint="curve")

    def oval(
        self,
        centre: Position,
        radii: Position,
        colour: Colour,
        angle: float = 0.0,
        opacity: float = 1.0,
    ) -> None:
        self.polygon(oval(centre, radii, angle), colour, opacity)

    def paste(self, pattern: Image.Image, outline: Points) -> None:
        """Show `pattern`, as large as the finished picture, within `outline` only."""
        mask = Image.new("L", (self.side, self.side), 0)
        ImageDraw.Draw(mask).polygon(self._pixels(outline), fill=255)
        self.image.paste(pattern.resize((self.side, self.side)), (0, 0), mask)

    def finished(self) -> Image.Image:
        return self.image.resize((self.size, self.size), Image.Resampling.BOX)

    def _pixels(self, points: Points) -> list[tuple[float, float]]:
        return [(float(x), float(y)) for x, y in np.asarray(points) * self.side]


def noise(rng: np.random.Generator, size: int, cells: int) -> NDArray[np.float64]:
    """Return smooth random values in [0, 1], about `cells` bumps a side: (size, size)."""
    coarse = (rng.random((cells + 2, cells + 2)) * 255).astype(np.uint8)
    smooth = Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(smooth, dtype=np.float64) / 255


def ground(rng: np.random.Generator, size: int, first: Colour, second: Colour) -> Image.Image:
    """Return a soft mixture of two colours, as out-of-focus ground or leaves: side `size`."""
    weight = 0.5 * noise(rng, size, int(rng.integers(1, 4))) + 0.3 * noise(rng, size, int(rng.integers(4, 10)))
    weight = (weight + 0.2 * rng.random() - 0.3)[..., None] * 1.6
    mixed = np.asarray(first) * (1 - weight) + np.asarray(second) * weight
    grain = rng.normal(0, rng.uniform(2, 9), (size, size, 1))
    return Image.fromarray(np.clip(mixed + grain, 0, 255).astype(np.uint8))


def camera(rng: np.random.Generator, picture: Image.Image) -> Image.Image:
    """Return the picture with random light, a little blur and sensor noise."""
    if rng.random() < 0.4:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.8)))
    values = np.asarray(picture, dtype=np.float64)
    values = (values - 127) * rng.uniform(0.7, 1.15) + 127 + rng.uniform(-25, 25)
    values *= rng.uniform(0.9, 1.1, 3)
    values += rng.normal(0, rng.uniform(1, 6), values.shape)
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))

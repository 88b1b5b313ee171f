"""Drawings of ants and bees: two classes that differ in build, not in colour, size or place.

An ant has a thin waist, long bent legs and bent feelers; a bee a round body with a banded abdomen, wings and short
legs. Pose, colours, light, background and clutter vary alike in both classes, some ants have wings or a band, and
some bees have folded wings or faint bands. So the mean colour or the value of a single pixel says next to nothing of
the class.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from utils.data.embedded.drawing import (
    Canvas,
    Colour,
    Points,
    camera,
    ground,
    oval,
    random_colour,
    rotation,
    unlike,
)

CLASSES = ("ants", "bees")
SIZE = 96
COUNTS = {"train": 120, "val": 80}
"""Pictures of both classes together."""


class _Pose:
    """Where an insect is: lengths and directions along its body become positions in the picture."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.angle = rng.uniform(0, 2 * np.pi)
        self.scale = rng.uniform(0.30, 0.55)
        self.centre = rng.uniform(0.38, 0.62, 2)
        self.bend = rng.uniform(-0.35, 0.35)
        self.squash = rng.uniform(0.8, 1.15)

    def at(self, along: float, across: float = 0.0) -> Points:
        """Return the position `along` the body (head at -1, tail at 1), `across` it to the right."""
        local = np.array([along, across * self.squash + self.bend * along**2])
        return np.asarray(self.centre + rotation(self.angle) @ local * self.scale)

    def path(self, *points: tuple[float, float]) -> Points:
        return np.stack([self.at(*point) for point in points])

    def part(self, canvas: Canvas, along: float, long: float, wide: float, colour: Colour) -> None:
        radii = (long * self.scale, wide * self.squash * self.scale)
        canvas.oval(self.at(along), radii, colour, self.angle + 2 * self.bend * along)


def insect(rng: np.random.Generator, name: str, size: int = SIZE) -> Image.Image:
    """Return the drawing of one ant or bee, side `size` pixels."""
    first = random_colour(rng)
    second = random_colour(rng)
    canvas = Canvas(size, ground(rng, size, first, second))
    _clutter(rng, canvas, int(rng.integers(2, 7)))
    body = unlike(rng, first, 55)
    {"ants": _ant, "bees": _bee}[name](rng, canvas, _Pose(rng), body)
    _clutter(rng, canvas, int(rng.integers(0, 2)), small=True)
    return camera(rng, canvas.finished())


def _ant(rng: np.random.Generator, canvas: Canvas, pose: _Pose, body: Colour) -> None:
    _legs(rng, canvas, pose, body, reach=rng.uniform(0.55, 0.8), roots=(-0.28, -0.16, -0.04))
    _feelers(rng, canvas, pose, body, elbow=rng.uniform(0.3, 0.42))
    pose.part(canvas, -0.62, 0.20, rng.uniform(0.15, 0.2), body)
    pose.part(canvas, -0.18, 0.27, rng.uniform(0.09, 0.13), body)
    pose.part(canvas, 0.15, 0.09, 0.055, body)
    wide = rng.uniform(0.2, 0.28)
    pose.part(canvas, 0.58, 0.36, wide, body)
    if rng.random() < 0.35:
        _bands(rng, canvas, pose, body, 0.58, 0.36, wide, count=int(rng.integers(1, 3)))
    if rng.random() < 0.15:
        _wings(rng, canvas, pose, root=-0.15, length=rng.uniform(0.6, 0.8))


def _bee(rng: np.random.Generator, canvas: Canvas, pose: _Pose, body: Colour) -> None:
    _legs(rng, canvas, pose, body, reach=rng.uniform(0.4, 0.6), roots=(-0.3, -0.15, 0.02))
    _feelers(rng, canvas, pose, body, elbow=rng.uniform(0.2, 0.32))
    wide = rng.uniform(0.27, 0.36)
    pose.part(canvas, 0.42, 0.52, wide, body)
    if rng.random() < 0.9:
        _bands(rng, canvas, pose, body, 0.42, 0.52, wide, count=int(rng.integers(3, 6)))
    pose.part(canvas, -0.62, 0.17, 0.18, body)
    pose.part(canvas, -0.25, 0.27, rng.uniform(0.24, 0.31), body)
    if rng.random() < 0.85:
        _wings(rng, canvas, pose, root=-0.2, length=rng.uniform(0.55, 0.85))


def _legs(
    rng: np.random.Generator, canvas: Canvas, pose: _Pose, body: Colour, reach: float, roots: tuple[float, ...]
) -> None:
    width = rng.uniform(0.035, 0.055) * pose.scale
    for side in (-1, 1):
        for root, lean in zip(roots, (-0.45, 0.05, 0.5), strict=True):
            swing = rng.uniform(-0.2, 0.2)
            knee = (root + 0.4 * (lean + swing), side * reach * 0.55)
            foot = (root + lean + swing, side * reach * rng.uniform(0.85, 1.1))
            canvas.line(pose.path((root, 0.0), knee, foot), body, width)


def _feelers(rng: np.random.Generator, canvas: Canvas, pose: _Pose, body: Colour, elbow: float) -> None:
    width = rng.uniform(0.03, 0.045) * pose.scale
    for side in (-1, 1):
        bent = (-0.72 - 0.3 * elbow, side * elbow)
        tip = (-0.85 - elbow * rng.uniform(0.6, 1.3), side * elbow * rng.uniform(0.5, 1.3))
        canvas.line(pose.path((-0.66, 0.0), bent, tip), body, width)


def _bands(
    rng: np.random.Generator,
    canvas: Canvas,
    pose: _Pose,
    body: Colour,
    along: float,
    long: float,
    wide: float,
    count: int,
) -> None:
    """Draw bands across an abdomen: strips between two cuts of its ellipse."""
    colour = unlike(rng, body, rng.uniform(25, 100))
    cuts = np.linspace(-0.75, 0.85, 2 * count + 1)
    for start, stop in zip(cuts[0::2], cuts[1::2], strict=False):
        strip = np.linspace(start, stop, 5)
        half = wide * np.sqrt(np.maximum(1 - strip**2, 0))
        there = [(along + long * s, h) for s, h in zip(strip, half, strict=True)]
        back = [(a, -h) for a, h in reversed(there)]
        canvas.polygon(pose.path(*there, *back), colour)


def _wings(rng: np.random.Generator, canvas: Canvas, pose: _Pose, root: float, length: float) -> None:
    colour = random_colour(rng, (0.6, 1.0))
    opacity = rng.uniform(0.35, 0.75)
    spread = rng.uniform(0.25, 1.25)
    for side in (-1, 1):
        for turn, part in ((0.0, 1.0), (-0.45, 0.7)):
            direction = side * (spread + turn * spread)
            reach = length * part / 2
            middle = pose.at(root + reach * np.cos(direction), reach * np.sin(direction))
            radii = (reach * pose.scale, 0.36 * reach * pose.scale)
            canvas.oval(middle, radii, colour, pose.angle + direction, opacity)


def _clutter(rng: np.random.Generator, canvas: Canvas, count: int, small: bool = False) -> None:
    """Scatter stalks, leaves, pebbles and striped petals."""
    makers: tuple[Callable[[np.random.Generator, Canvas, float], None], ...] = (_stalk, _pebble, _leaf, _petal)
    for _ in range(count):
        makers[int(rng.integers(len(makers)))](rng, canvas, 0.4 if small else 1.0)


def _stalk(rng: np.random.Generator, canvas: Canvas, scale: float) -> None:
    start, stop = rng.random(2), rng.random(2)
    middle = (start + stop) / 2 + rng.uniform(-0.15, 0.15, 2)
    canvas.line(np.stack([start, middle, stop]), random_colour(rng), rng.uniform(0.008, 0.03) * scale)


def _pebble(rng: np.random.Generator, canvas: Canvas, scale: float) -> None:
    radii = rng.uniform(0.03, 0.14, 2) * scale
    canvas.oval(rng.random(2), radii, random_colour(rng), rng.uniform(0, np.pi), rng.uniform(0.6, 1))


def _leaf(rng: np.random.Generator, canvas: Canvas, scale: float) -> None:
    long = rng.uniform(0.1, 0.3) * scale
    centre, angle = rng.random(2), rng.uniform(0, 2 * np.pi)
    along = np.linspace(-1, 1, 12)
    edge = np.stack([along, 0.35 * (1 - along**2)], axis=1)
    outline = np.concatenate([edge, edge[::-1] * (1, -1)]) * long
    colour = random_colour(rng)
    canvas.polygon(outline @ rotation(angle).T + centre, colour, rng.uniform(0.7, 1))
    vein = np.array([[-long, 0.0], [long, 0.0]]) @ rotation(angle).T + centre
    canvas.line(vein, unlike(rng, colour, 30), 0.008)


def _petal(rng: np.random.Generator, canvas: Canvas, scale: float) -> None:
    """Draw an oval with a few lines across, so that stripes alone do not make a bee."""
    long, wide = rng.uniform(0.06, 0.16) * scale, rng.uniform(0.03, 0.07) * scale
    centre, angle = rng.random(2), rng.uniform(0, 2 * np.pi)
    colour = random_colour(rng)
    canvas.polygon(oval(centre, (long, wide), angle), colour)
    line = unlike(rng, colour, 40)
    for along in np.linspace(-0.6, 0.6, int(rng.integers(2, 5))):
        ends = np.array([[along * long, -0.7 * wide], [along * long, 0.7 * wide]])
        canvas.line(ends @ rotation(angle).T + centre, line, 0.01)


def write_insects(folder: Path, seed: int, counts: dict[str, int] | None = None) -> None:
    """Write pictures as ``<split>/<class>/<number>.jpg``, half of each split's count a class.

    Parameters
    ----------
    folder : Path
        Where the splits go; it is made if it does not exist.
    seed : int
        Fixes every picture. Another seed gives pictures of the same kind that nobody has seen.
    counts : dict of str to int, optional
        Pictures a split; `COUNTS` if not given.
    """
    for number, (split, count) in enumerate((counts or COUNTS).items()):
        for label, name in enumerate(CLASSES):
            (folder / split / name).mkdir(parents=True, exist_ok=True)
            for index in range(count // len(CLASSES)):
                picture = insect(np.random.default_rng([seed, number, label, index]), name)
                picture.save(folder / split / name / f"{index:03d}.jpg", quality=92)

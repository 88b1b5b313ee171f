"""One content and two style pictures, drawn: a town by a river, swirling strokes, and flat geometry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from utils.data.embedded.drawing import Canvas, brightness, ground, hsv, noise, oval, rotation

SIZE = 256


def town(rng: np.random.Generator, size: int = SIZE) -> Image.Image:
    """Return houses with windows between a sky and their mirror image in a river: 4 wide to 3 high."""
    canvas = Canvas(size, ground(rng, size, (150, 190, 225), (205, 215, 225)))
    hills = np.array([[0, 0.5], [0.2, 0.34], [0.42, 0.44], [0.7, 0.3], [1, 0.46], [1, 0.7], [0, 0.7]])
    canvas.polygon(hills, (90, 120, 95))
    left = 0.0
    while left < 1:
        width, height = rng.uniform(0.09, 0.16), rng.uniform(0.18, 0.32)
        wall = hsv(rng.uniform(0.03, 0.15), rng.uniform(0.2, 0.6), rng.uniform(0.6, 0.95))
        top = 0.68 - height
        canvas.polygon(_box(left, top, left + width, 0.68), wall)
        roof = np.array([[left, top], [left + width, top], [left + width / 2, top - rng.uniform(0.05, 0.12)]])
        canvas.polygon(roof, hsv(rng.uniform(0, 0.06), 0.6, rng.uniform(0.35, 0.6)))
        for x in np.arange(left + 0.02, left + width - 0.025, 0.04):
            for y in np.arange(top + 0.025, 0.64, 0.06):
                canvas.polygon(_box(x, y, x + 0.018, y + 0.032), (70, 70, 85))
        left += width
    canvas.polygon(_box(0, 0.68, 1, 0.7), (110, 100, 90))
    picture = canvas.finished()
    return _with_river(rng, picture, round(0.7 * size)).crop((0, 0, size, 3 * size // 4 + size // 8))


def _box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def _with_river(rng: np.random.Generator, picture: Image.Image, shore: int) -> Image.Image:
    """Mirror what is above the shore, with waves."""
    pixels = np.asarray(picture).copy()
    size = len(pixels)
    waves = noise(rng, size, 12)
    for row in range(shore, size):
        source = pixels[max(2 * shore - row - 1, 0)]
        shift = round(6 * np.sin(0.6 * (row - shore)) + 8 * (waves[row, 0] - 0.5))
        pixels[row] = (0.75 * np.roll(source, shift, axis=0) + 0.25 * np.array([60, 85, 110])).astype(np.uint8)
    return Image.fromarray(pixels)


def swirls(rng: np.random.Generator, size: int = SIZE) -> Image.Image:
    """Return short strokes that follow eddies around a few bright discs, dark blue to yellow."""
    canvas = Canvas(size, (28, 45, 95))
    centres = rng.uniform(0.1, 0.9, (5, 2))
    turns = rng.choice([-1.0, 1.0], 5)
    for position in rng.random((1800, 2)):
        away = position - centres
        distance = np.hypot(away[:, 0], away[:, 1]) + 0.02
        flow = (turns / distance**2) @ np.stack([-away[:, 1], away[:, 0]], axis=1) + (0.8, 0.2)
        flow = 0.03 * flow / np.hypot(*flow)
        near = float(distance.min())
        hue = 0.14 if near < 0.09 else 0.6 + 0.06 * rng.standard_normal()
        colour = hsv(hue, rng.uniform(0.4, 0.9), np.clip(1.1 - 2.2 * near + 0.15 * rng.standard_normal(), 0.3, 1))
        side = 0.2 * flow[::-1] * (1, -1)
        canvas.line(np.stack([position - flow, position + side, position + flow]), colour, rng.uniform(0.006, 0.014))
    return canvas.finished()


def geometry(rng: np.random.Generator, size: int = SIZE) -> Image.Image:
    """Return flat overlapping circles, bars and triangles in warm colours with black lines."""
    canvas = Canvas(size, (238, 222, 190))
    for _ in range(60):
        centre, radius, angle = rng.random(2), rng.uniform(0.03, 0.16), rng.uniform(0, 2 * np.pi)
        colour = hsv(rng.choice([0.0, 0.05, 0.1, 0.14, 0.55, 0.65]), rng.uniform(0.6, 0.95), rng.uniform(0.35, 1))
        kind = int(rng.integers(3))
        if kind == 0:
            points = oval(centre, (radius, radius))
        elif kind == 1:
            points = oval(centre, (radius, radius), angle, corners=3)
        else:
            points = np.array([[-2, -0.2], [2, -0.2], [2, 0.2], [-2, 0.2]]) * radius @ rotation(angle).T + centre
        canvas.polygon(points, colour, rng.uniform(0.75, 1))
        line = (20, 20, 20) if brightness(colour) > 60 else (240, 235, 220)
        canvas.line(np.concatenate([points, points[:1]]), line, 0.006)
    return canvas.finished()


def write_styles(folder: Path, seed: int) -> None:
    """Write ``town.jpg``, ``swirls.jpg`` and ``geometry.jpg``."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, make in enumerate((town, swirls, geometry)):
        make(np.random.default_rng([seed, number])).save(folder / f"{make.__name__}.jpg", quality=92)

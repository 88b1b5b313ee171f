"""Pictures of patterned shapes: what the embedded network was trained on, to know edges, parts and textures.

A class is a shape with a filling, such as "star, striped", or a thing made of lines. No class is one of the homework's:
there are no insects here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from utils.data.embedded.drawing import (
    Canvas,
    Colour,
    Points,
    camera,
    ground,
    noise,
    oval,
    random_colour,
    rotation,
    unlike,
)

SOLIDS = "disc square triangle star ring cross flower propeller beads dumbbell fish".split()
FILLINGS = "plain striped spotted checked".split()
DRAWN = "tree comb sun spiral ladder".split()
CATEGORIES = tuple(f"{solid}, {filling}" for solid in SOLIDS for filling in FILLINGS) + tuple(DRAWN)

Outlines = list[Points]


def shape(rng: np.random.Generator, category: int, size: int = 64) -> Image.Image:
    """Return a picture of one of `CATEGORIES`, side `size` pixels."""
    first = random_colour(rng)
    canvas = Canvas(size, ground(rng, size, first, random_colour(rng)))
    for _ in range(int(rng.integers(0, 4))):
        _stray(rng, canvas)
    colour = unlike(rng, first, 50)
    scale, centre = rng.uniform(0.24, 0.46), rng.uniform(0.4, 0.6, 2)
    stretch = np.diag([1.0, rng.uniform(0.75, 1.2)])
    turn = rotation(rng.uniform(0, 2 * np.pi)) @ stretch * scale

    def place(points: Points) -> Points:
        return np.asarray(points @ turn.T + centre)

    solid, _, filling = CATEGORIES[category].partition(", ")
    if filling:
        pattern = _filling(rng, size, filling, colour)
        for outline in _OUTLINES[solid](rng):
            canvas.paste(pattern, place(outline))
    else:
        for line, width in _LINES[solid](rng):
            canvas.line(place(line), colour, max(width * scale, 0.012))
    return camera(rng, canvas.finished())


def _stray(rng: np.random.Generator, canvas: Canvas) -> None:
    if rng.random() < 0.5:
        ends = rng.random((2, 2))
        canvas.line(ends, random_colour(rng), rng.uniform(0.008, 0.03))
    else:
        radii = rng.uniform(0.02, 0.1, 2)
        canvas.oval(rng.random(2), radii, random_colour(rng), rng.uniform(0, np.pi), rng.uniform(0.5, 1))


def _filling(rng: np.random.Generator, size: int, name: str, colour: Colour) -> Image.Image:
    """Return a square of pattern in two colours."""
    other = unlike(rng, colour, rng.uniform(30, 90))
    x, y = np.meshgrid(np.linspace(0, 1, size), np.linspace(0, 1, size))
    turn = rotation(rng.uniform(0, np.pi))
    along, across = (turn[0, 0] * x + turn[0, 1] * y), (turn[1, 0] * x + turn[1, 1] * y)
    period = rng.uniform(0.08, 0.18)
    waves_along, waves_across = np.sin(2 * np.pi * along / period), np.sin(2 * np.pi * across / period)
    if name == "striped":
        second = waves_along > rng.uniform(-0.4, 0.4)
    elif name == "checked":
        second = waves_along * waves_across > 0
    elif name == "spotted":
        second = waves_along * waves_across > 0.45
        second |= waves_along * waves_across < -0.45
    else:
        second = noise(rng, size, 3) > 2
    picture = np.where(second[..., None], other, colour) + 18 * (noise(rng, size, 3)[..., None] - 0.5)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def _ring_of(count: int, radius: Callable[[int], float]) -> Points:
    turn = np.arange(count) * 2 * np.pi / count
    length = np.array([radius(index) for index in range(count)])
    return np.stack([length * np.cos(turn), length * np.sin(turn)], axis=1)


def _disc(rng: np.random.Generator) -> Outlines:
    return [oval((0, 0), (0.85, 0.85))]


def _square(rng: np.random.Generator) -> Outlines:
    return [_ring_of(4, lambda index: 1.0)]


def _triangle(rng: np.random.Generator) -> Outlines:
    return [_ring_of(3, lambda index: 1.0)]


def _star(rng: np.random.Generator) -> Outlines:
    points, inner = int(rng.integers(5, 8)), rng.uniform(0.35, 0.55)
    return [_ring_of(2 * points, lambda index: inner if index % 2 else 1.0)]


def _ring(rng: np.random.Generator) -> Outlines:
    turn = np.linspace(0.1, 2 * np.pi - 0.1, 40)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return [np.concatenate([circle, rng.uniform(0.45, 0.65) * circle[::-1]])]


def _cross(rng: np.random.Generator) -> Outlines:
    arm = rng.uniform(0.2, 0.3)
    bar = np.array([[-1, -arm], [1, -arm], [1, arm], [-1, arm]])
    return [bar, bar[:, ::-1]]


def _flower(rng: np.random.Generator) -> Outlines:
    petals = int(rng.integers(4, 8))
    turns = np.arange(petals) * 2 * np.pi / petals
    return [oval((0.55 * np.cos(t), 0.55 * np.sin(t)), (0.42, 0.22), t) for t in turns] + [oval((0, 0), (0.2, 0.2))]


def _propeller(rng: np.random.Generator) -> Outlines:
    spread = rng.uniform(0.3, 1.2)
    turns = [side * spread + base for base in (0, np.pi) for side in (-1, 1)]
    return [oval((0.5 * np.cos(t), 0.5 * np.sin(t)), (0.5, 0.16), t) for t in turns]


def _beads(rng: np.random.Generator) -> Outlines:
    count, bend = int(rng.integers(3, 6)), rng.uniform(-0.5, 0.5)
    along = np.linspace(-0.8, 0.8, count)
    return [oval((x, bend * x**2), (0.8 / count, rng.uniform(0.15, 0.4))) for x in along]


def _dumbbell(rng: np.random.Generator) -> Outlines:
    bar = np.array([[-0.6, -0.06], [0.6, -0.06], [0.6, 0.06], [-0.6, 0.06]])
    ends = [oval((side * 0.6, 0), (rng.uniform(0.25, 0.4), rng.uniform(0.25, 0.4))) for side in (-1, 1)]
    return [bar, *ends]


def _fish(rng: np.random.Generator) -> Outlines:
    tail = np.array([[0.45, 0.0], [1.0, -0.4], [0.85, 0.0], [1.0, 0.4]])
    return [oval((-0.15, 0), (0.7, rng.uniform(0.3, 0.45))), tail]


_OUTLINES: dict[str, Callable[[np.random.Generator], Outlines]] = {
    "disc": _disc,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "ring": _ring,
    "cross": _cross,
    "flower": _flower,
    "propeller": _propeller,
    "beads": _beads,
    "dumbbell": _dumbbell,
    "fish": _fish,
}

Lines = list[tuple[Points, float]]


def _segment(*points: tuple[float, float]) -> Points:
    return np.array(points, dtype=float)


def _tree(rng: np.random.Generator) -> Lines:
    width = rng.uniform(0.06, 0.12)
    lines = [(_segment((0, 1), (0, -0.8)), width)]
    for height in np.linspace(-0.5, 0.5, int(rng.integers(2, 5))):
        for side in (-1, 1):
            elbow = (side * rng.uniform(0.3, 0.6), height - 0.15)
            lines.append((_segment((0, height), elbow, (elbow[0] * 1.6, height - rng.uniform(0.2, 0.7))), 0.6 * width))
    return lines


def _comb(rng: np.random.Generator) -> Lines:
    width = rng.uniform(0.06, 0.12)
    lean = rng.uniform(-0.3, 0.3)
    teeth = np.linspace(-0.85, 0.85, int(rng.integers(4, 9)))
    return [(_segment((-1, 0), (1, 0)), 2 * width), *((_segment((x, 0), (x + lean, 0.8)), width) for x in teeth)]


def _sun(rng: np.random.Generator) -> Lines:
    rays, width = int(rng.integers(6, 13)), rng.uniform(0.05, 0.1)
    turns = np.arange(rays) * 2 * np.pi / rays
    middle = oval((0, 0), (0.25, 0.25))
    return [(np.concatenate([middle, middle[:2]]), 0.3)] + [
        (_segment((0.3 * np.cos(t), 0.3 * np.sin(t)), (np.cos(t), np.sin(t))), width) for t in turns
    ]


def _spiral(rng: np.random.Generator) -> Lines:
    turn = np.linspace(0, 2 * np.pi * rng.uniform(1.8, 3), 60)
    radius = turn / turn[-1]
    return [(np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1), rng.uniform(0.07, 0.12))]


def _ladder(rng: np.random.Generator) -> Lines:
    width, half = rng.uniform(0.07, 0.12), rng.uniform(0.25, 0.4)
    rails = [(_segment((-1, side * half), (1, side * half)), width) for side in (-1, 1)]
    rungs = np.linspace(-0.85, 0.85, int(rng.integers(4, 8)))
    return rails + [(_segment((x, -half), (x, half)), width) for x in rungs]


_LINES: dict[str, Callable[[np.random.Generator], Lines]] = {
    "tree": _tree,
    "comb": _comb,
    "sun": _sun,
    "spiral": _spiral,
    "ladder": _ladder,
}

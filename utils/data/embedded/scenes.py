"""Drawn scenes with captions, in the layout of ``coco_captioning``.

A scene has a ground, a sky and one or two things in some colour; five captions say so in different words. The
features are the embedded network's, as the real data's are those of VGG-16: 512 numbers a picture, standardised over
the training pictures.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from utils.data.embedded.drawing import Canvas, Colour, Position, camera, ground

COUNTS = {"train": 400, "val": 100}
"""Pictures a split; each has five captions."""
SIZE = 96
LENGTH = 17
"""Tokens a caption, ``<START>`` and ``<END>`` included."""
SPECIAL = ("<NULL>", "<START>", "<END>", "<UNK>")
_RAREST = 4
"""A word that training captions hold less often becomes ``<UNK>``."""

_COLOURS: dict[str, Colour] = {
    "red": (205, 45, 40),
    "blue": (45, 80, 200),
    "yellow": (235, 205, 50),
    "green": (40, 150, 60),
    "white": (240, 240, 240),
    "purple": (135, 60, 160),
}
_GROUNDS: dict[str, Colour] = {
    "grass": (95, 150, 60),
    "beach": (220, 195, 140),
    "snow": (232, 236, 242),
    "street": (110, 110, 115),
}
_SKIES: dict[str, Colour] = {"day": (140, 195, 240), "night": (25, 28, 60), "sunset": (240, 150, 90)}


@dataclass(frozen=True)
class Thing:
    """Something that stands in a scene."""

    name: str
    colour: str
    left: bool
    """Whether it stands in the left half."""


@dataclass(frozen=True)
class Scene:
    """What a picture shows."""

    ground: str
    sky: str
    things: tuple[Thing, ...]
    """One, or two from left to right."""
    clouds: bool


def scene(rng: np.random.Generator) -> Scene:
    """Return a random scene."""
    count = int(rng.integers(1, 3))
    names = rng.choice(list(_SHAPES), count, replace=bool(rng.random() < 0.3))
    sides = (True, False) if count == 2 else (bool(rng.integers(2)),)
    things = tuple(
        Thing(str(name), str(rng.choice(list(_COLOURS))), left) for name, left in zip(names, sides, strict=True)
    )
    if count == 2 and things[0].name == things[1].name:
        things = (things[0], Thing(things[0].name, things[0].colour, False))
    sky = str(rng.choice(list(_SKIES), p=[0.5, 0.25, 0.25]))
    return Scene(str(rng.choice(list(_GROUNDS))), sky, things, bool(rng.random() < 0.4))


def picture(rng: np.random.Generator, shown: Scene, size: int = SIZE) -> Image.Image:
    """Return a drawing of the scene, side `size` pixels."""
    sky = _SKIES[shown.sky]
    canvas = Canvas(size, ground(rng, size, sky, _darker(sky, 0.9)))
    horizon = rng.uniform(0.5, 0.62)
    if shown.sky != "sunset":
        light: Colour = (250, 240, 150) if shown.sky == "day" else (235, 235, 225)
        canvas.oval((rng.uniform(0.15, 0.85), rng.uniform(0.1, 0.2)), (0.07, 0.07), light)
    for _ in range(int(rng.integers(2, 4)) if shown.clouds else 0):
        middle = np.array([rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.35)])
        for shift in (-0.07, 0.0, 0.07):
            canvas.oval(_by(middle, 1, shift, 0), (0.08, 0.045), (245, 245, 250), opacity=0.8)
    _box(canvas, (0, horizon), (1, 1), _GROUNDS[shown.ground])
    if shown.ground == "street":
        for x in np.arange(0, 1, 0.2):
            _box(canvas, (x, 0.9), (x + 0.1, 0.93), (240, 240, 240))
    if shown.ground == "grass":
        for x, y in rng.random((25, 2)) * (1, 1 - horizon) + (0, horizon):
            canvas.line(np.array([[x, y], [x + 0.01, y - 0.03]]), (70, 120, 40), 0.008)
    for thing in shown.things:
        x = rng.uniform(0.2, 0.34) if thing.left else rng.uniform(0.66, 0.8)
        scale = rng.uniform(0.11, 0.16)
        foot = np.array([x, rng.uniform(horizon + 0.08, 0.86)])
        _SHAPES[thing.name](canvas, foot, scale, _COLOURS[thing.colour])
    return camera(rng, canvas.finished())


def _box(canvas: Canvas, corner: Position, other: Position, colour: Colour) -> None:
    (left, top), (right, bottom) = corner, other
    canvas.polygon(np.array([[left, top], [right, top], [right, bottom], [left, bottom]]), colour)


def _darker(colour: Colour, factor: float) -> Colour:
    red, green, blue = (round(factor * part) for part in colour)
    return red, green, blue


Spot = NDArray[np.float64]


def _by(foot: Spot, scale: float, x: float, y: float) -> Spot:
    """Return the position `x` beside and `y` below the foot of a thing, in its own scale."""
    return np.asarray(foot + scale * np.array([x, y]))


def _house(canvas: Canvas, foot: Spot, scale: float, colour: Colour) -> None:
    _box(canvas, _by(foot, scale, -1, -1.3), _by(foot, scale, 1, 0), colour)
    roof = foot + scale * np.array([[-1.2, -1.3], [1.2, -1.3], [0.0, -2.2]])
    canvas.polygon(roof, _darker(colour, 0.5))
    _box(canvas, _by(foot, scale, -0.25, -0.7), _by(foot, scale, 0.25, 0), (60, 40, 30))
    _box(canvas, _by(foot, scale, 0.45, -0.9), _by(foot, scale, 0.75, -0.6), (250, 240, 160))


def _tree(canvas: Canvas, foot: Spot, scale: float, colour: Colour) -> None:
    _box(canvas, _by(foot, scale, -0.15, -1.2), _by(foot, scale, 0.15, 0), (95, 65, 40))
    for x, y in ((0.0, -2.0), (-0.5, -1.5), (0.5, -1.5)):
        canvas.oval(_by(foot, scale, x, y), (0.65 * scale, 0.6 * scale), colour)


def _car(canvas: Canvas, foot: Spot, scale: float, colour: Colour) -> None:
    _box(canvas, _by(foot, scale, -1.3, -0.9), _by(foot, scale, 1.3, -0.25), colour)
    _box(canvas, _by(foot, scale, -0.7, -1.5), _by(foot, scale, 0.6, -0.9), colour)
    _box(canvas, _by(foot, scale, -0.5, -1.35), _by(foot, scale, 0.4, -0.95), (190, 225, 240))
    for side in (-0.75, 0.75):
        canvas.oval(_by(foot, scale, side, -0.25), (0.32 * scale, 0.32 * scale), (25, 25, 25))


def _boat(canvas: Canvas, foot: Spot, scale: float, colour: Colour) -> None:
    hull = np.array([[-1.3, -0.6], [1.3, -0.6], [0.8, 0.0], [-0.8, 0.0]])
    canvas.polygon(foot + hull * scale, _darker(colour, 0.6))
    canvas.line(foot + np.array([[0.0, -0.6], [0.0, -2.3]]) * scale, (80, 60, 40), 0.15 * scale)
    canvas.polygon(foot + np.array([[0.1, -2.3], [0.1, -0.8], [1.1, -0.8]]) * scale, colour)


def _ball(canvas: Canvas, foot: Spot, scale: float, colour: Colour) -> None:
    canvas.oval(_by(foot, scale, 0, -0.7), (0.7 * scale, 0.7 * scale), colour)
    canvas.oval(_by(foot, scale, -0.25, -0.95), (0.2 * scale, 0.2 * scale), (255, 255, 255), opacity=0.5)


def _kite(canvas: Canvas, foot: Spot, scale: float, colour: Colour) -> None:
    shape = np.array([[0.0, -3.2], [0.7, -2.4], [0.0, -1.2], [-0.7, -2.4]])
    canvas.line(foot + np.array([[0.0, -1.2], [0.3, -0.6], [0.0, 0.0]]) * scale, (60, 60, 60), 0.08 * scale)
    canvas.polygon(foot + shape * scale, colour)
    canvas.line(foot + shape[[1, 3]] * scale, _darker(colour, 0.5), 0.08 * scale)


_SHAPES: dict[str, Callable[[Canvas, Spot, float, Colour], None]] = {
    "house": _house,
    "tree": _tree,
    "car": _car,
    "boat": _boat,
    "ball": _ball,
    "kite": _kite,
}

_ON = {"grass": "on the grass", "beach": "on the beach", "snow": "in the snow", "street": "in the street"}
_WHEN = {
    "day": ("on a clear day", "in the sun", "during the day"),
    "night": ("at night", "under the moon", "in the dark"),
    "sunset": ("at sunset", "in the evening", "under an orange sky"),
}


def captions(rng: np.random.Generator, shown: Scene, count: int = 5) -> list[str]:
    """Return `count` different ways to say what a scene shows, at most 15 words each."""
    first = shown.things[0]
    where, when = _ON[shown.ground], str(rng.choice(_WHEN[shown.sky]))
    side = "left" if first.left else "right"
    if len(shown.things) == 1:
        what = f"a {first.colour} {first.name}"
        ways = [
            f"{what} {where} {when}",
            f"there is {what} on the {side}",
            f"{what} stands alone {where}",
            f"a picture of {what} {when}",
            f"on the {side} of the picture is {what} {where}",
        ]
    elif shown.things[1].name == first.name:
        what = f"two {first.colour} {first.name}s"
        ways = [
            f"{what} {where} {when}",
            f"there are {what} {where}",
            f"{what} side by side",
            f"a pair of {first.colour} {first.name}s {when}",
            f"a picture of {what} next to each other",
        ]
    else:
        second = shown.things[1]
        one, other = f"a {first.colour} {first.name}", f"a {second.colour} {second.name}"
        ways = [
            f"{one} and {other} {where}",
            f"{one} next to {other} {when}",
            f"there is {one} to the left of {other}",
            f"{other} to the right of {one}",
            f"a {first.name} and a {second.name} {where} {when}",
            f"{one} beside {other}",
        ]
    if shown.clouds:
        ways.append(f"clouds in the sky above {'two ' if len(shown.things) == 2 else 'a '}" + _topic(shown))
    order = rng.permutation(len(ways))[:count]
    return [ways[index] for index in order]


def _topic(shown: Scene) -> str:
    if len(shown.things) == 1:
        return f"{shown.things[0].colour} {shown.things[0].name}"
    same = shown.things[0].name == shown.things[1].name
    return f"{shown.things[0].name}s" if same else "things"


def write_scenes(folder: Path, seed: int, counts: dict[str, int] | None = None) -> None:
    """Write pictures, captions, vocabulary and features as ``coco_captioning`` has them.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    seed : int
        Fixes every picture and caption.
    counts : dict of str to int, optional
        Pictures of ``train`` and ``val``; `COUNTS` if not given.
    """
    import h5py

    (folder / "images").mkdir(parents=True, exist_ok=True)
    pictures: dict[str, list[Image.Image]] = {}
    texts: dict[str, list[list[str]]] = {}
    for split, count in (counts or COUNTS).items():
        rngs = [np.random.default_rng([seed, *split.encode(), index]) for index in range(count)]
        scenes = [scene(rng) for rng in rngs]
        pictures[split] = [picture(rng, shown) for rng, shown in zip(rngs, scenes, strict=True)]
        texts[split] = [captions(rng, shown) for rng, shown in zip(rngs, scenes, strict=True)]
        names = [f"images/{split}_{index:04d}.jpg" for index in range(count)]
        for name, drawing in zip(names, pictures[split], strict=True):
            drawing.save(folder / name, quality=90)
        (folder / f"{split}2014_urls.txt").write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    words = _vocabulary(texts["train"])
    numbers = {word: index for index, word in enumerate(words)}
    vocabulary = {"idx_to_word": words, "word_to_idx": numbers}
    (folder / "coco2014_vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    with h5py.File(folder / "coco2014_captions.h5", "w") as file:
        for split, lists in texts.items():
            file[f"{split}_captions"] = np.stack([_encoded(text, numbers) for group in lists for text in group])
            owners = np.repeat(np.arange(len(lists)), [len(group) for group in lists])
            file[f"{split}_image_idxs"] = owners.astype(np.int32)
    _write_features(folder, pictures)


def _vocabulary(groups: list[list[str]]) -> list[str]:
    counted = Counter(word for group in groups for text in group for word in text.split())
    return [*SPECIAL, *sorted(word for word, count in counted.items() if count >= _RAREST)]


def _encoded(text: str, numbers: dict[str, int]) -> NDArray[np.int32]:
    unknown = numbers["<UNK>"]
    tokens = [numbers["<START>"], *(numbers.get(word, unknown) for word in text.split()), numbers["<END>"]]
    return np.array(tokens + [numbers["<NULL>"]] * (LENGTH - len(tokens)), dtype=np.int32)


def _write_features(folder: Path, pictures: dict[str, list[Image.Image]]) -> None:
    import h5py

    from utils.pretrained.features import described

    raw = {split: described(drawings) for split, drawings in pictures.items()}
    mean, std = raw["train"].mean(0), raw["train"].std(0) + 1e-3
    for split, values in raw.items():
        with h5py.File(folder / f"{split}2014_vgg16_fc7_pca.h5", "w") as file:
            file["features"] = ((values - mean) / std).astype(np.float32)

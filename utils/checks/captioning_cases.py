"""The inputs of the visible checks of problem 5, and the numbers that belong to them.

The numbers are stored in ``captioning_cases.json``: what is right, and what some common mistakes give. A test computes
them anew with torch. Gradients are not stored: they are measured on the student's own loss.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
FILE = Path(__file__).with_name("captioning_cases.json")
WORDS = ("<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "car")
WORD_TO_IDX = {word: number for number, word in enumerate(WORDS)}
NULL, START, END = 0, 1, 2
# All sizes differ, so that a wrong axis shows as a wrong shape.
N, D, W, H = 3, 4, 2, 6
LENGTH = 8
"""Words a caption that is sampled here."""
SEEDS = {"loss": {"rnn": 53, "lstm": 54}, "sample": {"rnn": 365, "lstm": 602}}
SCALES = {"loss": {"rnn": 0.5, "lstm": 0.5}, "sample": {"rnn": 1.6, "lstm": 2.0}}
"""For sampling, chosen so that the captions differ, and that each mistake gives other ones."""
CAPTIONS = np.array([[1, 4, 5, 6, 2, 0], [1, 4, 6, 2, 0, 0], [1, 4, 5, 5, 6, 2]])


def temporal_fc_arguments() -> dict[str, Array]:
    """x (2, 3, 4), w (4, 5), b (5,) for the fully connected layer."""
    rng = np.random.RandomState(51)
    return {"x": rng.standard_normal((2, 3, 4)), "w": rng.standard_normal((4, 5)), "b": rng.standard_normal(5)}


def softmax_arguments() -> dict[str, Array]:
    """x (3, 4, 5), y (3, 4), mask (3, 4) for the loss; each caption ends at another step."""
    rng = np.random.RandomState(52)
    mask = np.arange(4) < np.array([[4], [2], [1]])
    return {"x": 2 * rng.standard_normal((3, 4, 5)), "y": rng.randint(1, 5, (3, 4)) * mask, "mask": mask}


def parameters(cell: str, purpose: str = "loss") -> dict[str, Array]:
    """The parameters of a small model, float64, by name.

    Parameters
    ----------
    cell : {"rnn", "lstm"}
    purpose : {"loss", "sample"}
        For sampling they are larger, so that no two words have nearly the same score.
    """
    rng = np.random.RandomState(SEEDS[purpose][cell])
    gates, V = {"rnn": 1, "lstm": 4}[cell], len(WORDS)
    shapes = {
        "W_proj": (D, H),
        "b_proj": (H,),
        "W_embed": (V, W),
        "Wx": (W, gates * H),
        "Wh": (H, gates * H),
        "b": (gates * H,),
        "W_vocab": (H, V),
        "b_vocab": (V,),
    }
    return {name: SCALES[purpose][cell] * rng.standard_normal(shape) for name, shape in shapes.items()}


def features() -> Array:
    """Features (3, 4) of three pictures."""
    return np.random.RandomState(57).standard_normal((N, D))


@cache
def stored() -> dict[str, Any]:
    """The numbers: ``right`` and ``mistakes`` for each check."""
    cases: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return cases


def until_end(captions: Array) -> list[list[int]]:
    """Each caption as far as it counts: up to ``<END>``, that included, and without a ``<START>`` in front.

    Parameters
    ----------
    captions : array of int (N, L)
    """
    rows = []
    for caption in np.asarray(captions).tolist():
        words = caption[1:] if caption[:1] == [START] else caption
        rows.append(words[: words.index(END) + 1] if END in words else words)
    return rows


def same_caption(got: list[int], expected: list[int], most: int) -> bool:
    """Whether two captions are the same; one that has no end yet may lack its last word, if ``<START>`` took its place.

    Parameters
    ----------
    got, expected : list of int
        From `until_end`.
    most : int
        The largest number of words that was asked for.
    """
    if got == expected:
        return True
    return END not in got and len(got) == most - 1 and got == expected[: most - 1]

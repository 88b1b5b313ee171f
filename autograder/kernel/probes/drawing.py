"""Sees what is drawn with matplotlib while a function runs: every picture, and the words that stand at it."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

MOST_PICTURES = 31
MOST_LETTERS = 300


class _Watch:
    """Stands between the notebook and matplotlib; showing and waiting do nothing meanwhile."""

    def __init__(self) -> None:
        self.pictures: list[tuple[Axes, Any]] = []
        self._replaced = {(plt, "show"): plt.show, (plt, "pause"): plt.pause, (Axes, "imshow"): Axes.imshow}
        imshow = Axes.imshow

        def noting(axes: Axes, X: Any, *args: Any, **kwargs: Any) -> Any:
            image = imshow(axes, X, *args, **kwargs)
            if len(self.pictures) < MOST_PICTURES:
                self.pictures.append((axes, X))
            return image

        for owner, name in self._replaced:
            setattr(owner, name, noting if name == "imshow" else _nothing)

    def stop(self) -> None:
        for (owner, name), original in self._replaced.items():
            setattr(owner, name, original)
        plt.close("all")


def _nothing(*args: Any, **kwargs: Any) -> None:
    """In place of what would draw on a screen."""


_watching: list[_Watch] = []


def watch() -> None:
    """Begin to look; `drawn` says what was seen."""
    stop()
    _watching.append(_Watch())


def stop() -> None:
    """Look no longer, and close all figures."""
    while _watching:
        _watching.pop().stop()


def drawn() -> list[Any]:
    """What was drawn since `watch`, in order.

    Returns
    -------
    list
        In turn the words at a picture (title, labels and texts of its axes, and the figure's title if it holds one
        picture only), and the picture itself as it was given to matplotlib.
    """
    pictures = _watching[-1].pictures if _watching else []
    figures = [axes.figure for axes, _ in pictures]
    found: list[Any] = []
    for axes, picture in pictures:
        words = [axes.get_title(where) for where in ("left", "center", "right")]
        words += [axes.get_xlabel(), axes.get_ylabel(), *(text.get_text() for text in axes.texts)]
        if figures.count(axes.figure) == 1:
            words.append(axes.figure.get_suptitle())
        found += [" ".join(filter(None, words))[:MOST_LETTERS], np.asarray(picture)]
    stop()
    return found

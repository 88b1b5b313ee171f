"""Helpers for the tests of image captioning: models with given parameters, short training, layers that are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils import siblings
from utils.captioning import CaptioningSolver


def make(
    model_class: Any,
    words: Sequence[str],
    sizes: Sequence[int],
    cell: str,
    dtype: str,
    params: Mapping[str, NDArray[Any]] | None = None,
) -> Any:
    """Make a model, with these parameters in place of its own if there are any.

    Parameters
    ----------
    words : sequence of str
        The vocabulary, in the order of the numbers.
    sizes : sequence of int
        Of the features, of a word vector, of the hidden state.
    dtype : {"float32", "float64"}
    """
    features, vector, hidden = sizes
    np.random.seed(0)
    model = model_class(
        {word: number for number, word in enumerate(words)},
        input_dim=features,
        wordvec_dim=vector,
        hidden_dim=hidden,
        cell_type=cell,
        dtype={"float32": np.float32, "float64": np.float64}[dtype],
    )
    for name, value in (params or {}).items():
        model.params[name] = value.astype(dtype)
    return model


def parameters(model: Any) -> list[Any]:
    """The names of a model's parameters, and their shapes."""
    return [[str(name), list(np.shape(value))] for name, value in list(model.params.items())[:32]]


def as_dict(grads: Mapping[str, Any]) -> dict[str, Any]:
    """Gradients by name as a plain dictionary, whatever kind of mapping they came in."""
    return dict(grads)


def practise(model: Any, features: NDArray[Any], captions: NDArray[Any], steps: int, rate: float) -> list[float]:
    """Train a model on a few captions with Adam; the losses of the first and of the last steps."""
    np.random.seed(0)
    data = {
        "train_captions": captions,
        "train_image_idxs": np.arange(len(captions)),
        "train_features": features,
        "train_urls": np.array([""] * len(captions)),
    }
    solver = CaptioningSolver(
        model, data, "adam", {"learning_rate": rate}, batch_size=len(captions), num_epochs=steps, verbose=False
    )
    solver.train()
    return [float(np.mean(solver.loss_history[:3])), float(np.mean(solver.loss_history[-3:]))]


def troubles() -> list[str]:
    """Layers of other notebooks that could not be used, each with what was the matter."""
    return [f"{name} {trouble}" for name, trouble in list(siblings.troubles.items())[:32]]

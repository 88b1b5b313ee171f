"""RNN and LSTM in NumPy, from the weights that a model says it has, and what mistakes would make of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.kernel.wire import Tensor
from utils.checks.text_properties import Array, Sentences, padded

RECURRENT = {"GloveRNN": "RNN", "GloveLSTM": "LSTM"}
"""The kind of layer that each class should have."""
KNOWN = ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell")


@dataclass(frozen=True)
class Parts:
    """A model that is an embedding, one recurrent layer and a linear one, and nothing else."""

    embedding: Array
    recurrent: Mapping[str, Array]
    kind: str
    relu: bool
    weight: Array
    bias: Array

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Parts | None:
        """The parts, if the model has these and no others; None for a model that is built in another way."""
        found = {name: [layer for layer in said["layers"] if layer["kind"] in kinds] for name, kinds in _ROLES.items()}
        if any(len(layers) != 1 for layers in found.values()):
            return None
        (embedding,), (recurrent,), (linear,) = found.values()
        arrays = [
            {name: _array(value) for name, value in layer["parameters"].items()}
            for layer in (embedding, recurrent, linear)
        ]
        together = sum(array.size for part in arrays for array in part.values())
        if together != said["count"] or recurrent["bidirectional"] or recurrent["layers"] != 1:
            return None
        if arrays[2].get("weight", np.zeros(0)).shape[:1] != (1,) or "weight_ih_l0" not in arrays[1]:
            return None
        relu = recurrent["nonlinearity"] == "relu"
        bias = arrays[2].get("bias", np.zeros(1))
        return cls(arrays[0]["weight"], arrays[1], recurrent["kind"], relu, arrays[2]["weight"][0], bias)

    def readings(self, sentences: Sentences) -> dict[str, Array]:
        """Logits from the right state, under the key "", and from wrong ones, by the mistake in words."""
        tokens, lengths = padded(sentences)
        states, cells = self._states(tokens)
        rows, last = np.arange(len(tokens)), lengths - 1
        real = (np.arange(tokens.shape[1]) < lengths[:, None])[:, :, None]
        read = {
            "": states[rows, last],
            "the state after the last column is read, padding included: read the last real step's": states[:, -1],
            "the states of all steps are averaged: read the last real step's": (states * real).sum(1)
            / lengths[:, None],
            "the states of all columns are averaged, padding included: read the last real step's": states.mean(1),
            "the largest number of all steps is taken: read the last real step's state": np.where(
                real, states, -np.inf
            ).max(1),
            "the state after the first step is read: read the last real step's": states[:, 0],
            "the state one step before the last real one is read: lengths - 1 is the last": states[rows, last - 1],
            "the state one step behind the last real one is read: lengths - 1 is the last": states[
                rows, np.minimum(lengths, tokens.shape[1] - 1)
            ],
            "the states of all steps are summed: read the last real step's": (states * real).sum(1),
        }
        if cells is not None:
            read["the cell state is read where the hidden state belongs"] = cells[rows, last]
        return {name: state @ self.weight + self.bias for name, state in read.items()}

    def _states(self, tokens: NDArray[np.int64]) -> tuple[Array, Array | None]:
        """The hidden states of all steps, and the cell states of an LSTM: (N, T, H)."""
        x = self.embedding[tokens]
        p = self.recurrent
        bias = p.get("bias_ih_l0", 0.0) + p.get("bias_hh_l0", 0.0)
        h = c = np.zeros((len(tokens), p["weight_hh_l0"].shape[1]))
        states, cells = [], []
        for t in range(tokens.shape[1]):
            a = x[:, t] @ p["weight_ih_l0"].T + h @ p["weight_hh_l0"].T + bias
            if self.kind == "LSTM":
                i, f, g, o = np.split(a, 4, axis=1)
                c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
                h = _sigmoid(o) * np.tanh(c)
            else:
                h = np.maximum(a, 0) if self.relu else np.tanh(a)
            states.append(h)
            cells.append(c)
        return np.stack(states, axis=1), np.stack(cells, axis=1) if self.kind == "LSTM" else None


_ROLES = {"embedding": ("Embedding",), "recurrent": ("RNN", "LSTM"), "linear": ("Linear",)}


def other_recurrent_layer(said: Mapping[str, Any], expected: str) -> str | None:
    """A message if a model has a recurrent layer of PyTorch's, but of another kind than the homework asks for."""
    kinds = [layer["kind"] for layer in said["layers"] if layer["kind"] in KNOWN]
    if kinds and not any(kind.startswith(expected) for kind in kinds):
        return f"the recurrent layer is {kinds[0]}; the homework asks for {expected}"
    return None


def _array(value: Any) -> Array:
    return value.array.astype(np.float64) if isinstance(value, Tensor) else np.zeros(0)


def _sigmoid(a: Array) -> Array:
    value: Array = 1 / (1 + np.exp(-np.clip(a, -500, 500)))
    return value

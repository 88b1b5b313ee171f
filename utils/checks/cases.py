"""The inputs that the visible checks use, and the numbers that are right for them.

The right numbers of the forward functions, and those that some common mistakes give, are stored in ``expected.json``;
a test computes them anew with torch. Gradients are not stored: they are measured on the student's own forward function.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Case:
    """One fixed input of a forward function and what belongs to it."""

    args: Arrays
    """The arguments, in their order."""
    upstream: Arrays
    """Upstream gradients for the backward function, in their order."""
    expected: Arrays
    """The right results by name."""
    mistakes: dict[str, Arrays]
    """The results that common mistakes give, by the mistake's key and the result's name."""
    batch: int
    steps: int | None = None
    gates: str | None = None

    @property
    def context(self) -> dict[str, Any]:
        """The sizes, for `utils.diagnosis.explain`."""
        return {"batch": self.batch, "steps": self.steps}


def case(name: str) -> Case:
    """The input of a function.

    Parameters
    ----------
    name : {"rnn_step", "rnn", "lstm_step", "lstm"}
        ``rnn`` and ``lstm`` are the sequences.
    """
    gates = "fico" if name.startswith("lstm") else None
    blocks = len(gates or "h")
    # All sizes differ, so that a wrong axis shows as a wrong shape; the fewer numbers, the fewer calls for a gradient.
    steps: int | None
    if name.endswith("step"):
        steps, batch, inputs, hidden = None, 3, 5, 2 if gates else 4
        shapes: dict[str, tuple[int, ...]] = {"x": (batch, inputs), "prev_h": (batch, hidden)}
        upstream: dict[str, tuple[int, ...]] = {"dnext_h": (batch, hidden)}
        if gates:
            shapes["prev_c"] = upstream["dnext_c"] = (batch, hidden)
    else:
        steps, batch, inputs, hidden = 4, 3, 5, 2
        shapes = {"x": (steps, batch, inputs), "h0": (batch, hidden)}
        upstream = {"dh": (steps, batch, hidden)}
    shapes |= {"Wx": (inputs, blocks * hidden), "Wh": (hidden, blocks * hidden), "b": (blocks * hidden,)}
    # The stream of RandomState is frozen: the same numbers with every version of NumPy.
    rng = np.random.RandomState(498 + len(name))
    args = {key: 0.4 * rng.standard_normal(shape) for key, shape in shapes.items()}
    upstreams = {key: rng.standard_normal(shape) for key, shape in upstream.items()}
    stored = _stored()[name]
    mistakes = {key: _arrays(values) for key, values in stored["mistakes"].items()}
    return Case(args, upstreams, _arrays(stored["right"]), mistakes, batch, steps, gates)


def _arrays(tree: dict[str, list[float]]) -> Arrays:
    return {key: np.array(values) for key, values in tree.items()}


@cache
def _stored() -> dict[str, dict[str, dict]]:
    return json.loads(Path(__file__).with_name("expected.json").read_text(encoding="utf-8"))

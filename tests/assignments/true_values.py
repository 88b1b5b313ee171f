"""True values for every symbol of the derivations: a forward pass in torch, float64, and its automatic gradients.

The cells are written out step by step and gate by gate, in the notation of the notebooks, and share nothing with the
homework's own solutions. Names are those of `latex.Symbol`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from formula_values import Array, Values
from torch import Tensor

GATES = ("f", "i", "c~", "o")
Steps = dict[int, Tensor]


@dataclass(frozen=True)
class Sizes:
    """Batch, input, hidden state and steps."""

    N: int
    D: int
    H: int
    T: int


class Recorder:
    """Draws leaves, keeps what is computed from them, and afterwards hands out values and gradients by name."""

    def __init__(self, sizes: Sizes, seed: int) -> None:
        self.sizes = sizes
        self.generator = torch.Generator().manual_seed(seed)
        self.fixed: dict[str, Tensor] = {}
        self.steps: dict[str, Steps] = {}

    def draw(self, *shape: int) -> Tensor:
        return (0.8 * torch.randn(*shape, generator=self.generator, dtype=torch.float64)).requires_grad_()

    def keep(self, name: str, step: int, value: Tensor) -> Tensor:
        if value.requires_grad:
            value.retain_grad()
        self.steps.setdefault(name, {})[step] = value
        return value

    def upstream(self, name: str, of: str) -> Tensor:
        """Draw what the loss says directly about each step of a symbol, under `name`; return its part of the loss."""
        parts = []
        for step, value in self.steps[of].items():
            if step:
                parts.append((self.keep(name, step, self.draw(*value.shape).detach()) * value).sum())
        return torch.stack(parts).sum()

    def values(self, one_step: bool) -> Values:
        fixed = {name: value.detach().numpy() for name, value in self.fixed.items()}
        fixed |= {f"d {name}": _gradient(value) for name, value in self.fixed.items()}
        steps = {name: {t: v.detach().numpy() for t, v in table.items()} for name, table in self.steps.items()}
        for name, table in self.steps.items():
            steps[f"d {name}"] = {t: _gradient(v) for t, v in table.items() if v.grad is not None}
        steps["delta"] = steps["d a"]
        fixed["ones"] = np.ones(self.sizes.N)
        return Values(fixed, steps, {"T": self.sizes.T, "N": self.sizes.N} | ({"t": 1} if one_step else {}))


def _gradient(value: Tensor) -> Array:
    assert value.grad is not None
    return value.grad.numpy()


def rnn_values(sizes: Sizes, seed: int = 0, *, one_step: bool = False) -> Values:
    """Return all values of an RNN whose loss reads every hidden state; with `one_step`, a plain t is 1."""
    r = Recorder(sizes, seed)
    r.fixed |= {"W_x": r.draw(sizes.D, sizes.H), "W_h": r.draw(sizes.H, sizes.H), "b": r.draw(sizes.H)}
    h = r.keep("h", 0, r.draw(sizes.N, sizes.H))
    for t in range(1, sizes.T + 1):
        x = r.keep("x", t, r.draw(sizes.N, sizes.D))
        a = r.keep("a", t, x @ r.fixed["W_x"] + h @ r.fixed["W_h"] + r.fixed["b"])
        h = r.keep("h", t, torch.tanh(a))
    r.upstream("g", of="h").backward()
    return r.values(one_step)


def lstm_values(sizes: Sizes, seed: int = 0, *, one_step: bool = False) -> Values:
    """Return all values of an LSTM.

    The loss reads every hidden state. With `one_step` it reads the cell state too, in place of the steps that follow,
    and the old cell state is drawn; otherwise c_0 is zero.
    """
    r = Recorder(sizes, seed)
    n, d, width = sizes.N, sizes.D, sizes.H
    for gate in GATES:
        r.fixed |= {f"W_x^{gate}": r.draw(d, width), f"W_h^{gate}": r.draw(width, width), f"b^{gate}": r.draw(width)}
    for name in ("W_x", "W_h", "b"):
        r.fixed[name] = torch.cat([r.fixed[f"{name}^{gate}"] for gate in GATES], dim=-1)
        r.fixed[name].retain_grad()
    h = r.keep("h", 0, r.draw(n, width))
    c = r.keep("c", 0, r.draw(n, width) if one_step else torch.zeros_like(h, requires_grad=True))
    for t in range(1, sizes.T + 1):
        x = r.keep("x", t, r.draw(n, d))
        a = r.keep("a", t, x @ r.fixed["W_x"] + h @ r.fixed["W_h"] + r.fixed["b"])
        gates = {}
        for gate, columns in zip(GATES, a.split(width, dim=1), strict=True):
            block = r.keep(f"a^{gate}", t, columns)
            gates[gate] = r.keep(gate, t, torch.tanh(block) if gate == "c~" else torch.sigmoid(block))
        c = r.keep("c", t, gates["f"] * c + gates["i"] * gates["c~"])
        h = r.keep("h", t, gates["o"] * torch.tanh(c))
    loss = r.upstream("g", of="h")
    if one_step:
        loss = loss + r.upstream("g^c", of="c")
    loss.backward()
    return r.values(one_step)

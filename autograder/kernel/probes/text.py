"""Helpers for the tests of text classification: short training, what a model is made of, files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from utils.text.threads import one_thread

MOST_TEXT = 90_000
SMALL = 4096
"""A parameter of at most this many numbers is sent with its numbers."""


def seed(number: int) -> None:
    """Seed torch, so that a new model begins with the same numbers at each grading."""
    torch.manual_seed(number)


def practise(model: nn.Module, tokens: Tensor, lengths: Tensor, labels: Tensor, steps: int, rate: float) -> None:
    """Train a model for some steps of Adam, on all sentences at once; results of any shape with as many numbers do."""
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=rate)
    model.train()
    with one_thread():
        for _ in range(steps):
            values = model(tokens, lengths)
            loss = binary_cross_entropy_with_logits(values.reshape(-1), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    model.eval()


def parameters(model: nn.Module) -> dict[str, Any]:
    """The parameters by name: shape, whether they are trained, and small ones' numbers."""
    return {
        name: {
            "shape": list(parameter.shape),
            "trains": bool(parameter.requires_grad),
            "values": parameter.detach().clone() if parameter.numel() <= SMALL else None,
        }
        for name, parameter in list(model.named_parameters())[:64]
    }


def layers(model: nn.Module) -> dict[str, Any]:
    """The modules without modules in them that hold parameters, in order, and how many parameters there are at all."""
    found: list[dict[str, Any]] = []
    for module in model.modules():
        own = {name: parameter.detach().clone() for name, parameter in module.named_parameters(recurse=False)}
        if own and len(found) < 32:
            found.append(
                {
                    "kind": type(module).__name__,
                    "layers": int(getattr(module, "num_layers", 1)),
                    "bidirectional": bool(getattr(module, "bidirectional", False)),
                    "nonlinearity": str(getattr(module, "nonlinearity", "")),
                    "parameters": {name: array for name, array in own.items() if array.numel() <= SMALL},
                }
            )
    return {"layers": found, "count": sum(parameter.numel() for parameter in model.parameters())}


def writes_into(
    model_class: Any, vectors: Tensor, rest: list[Any], tokens: Tensor, lengths: Tensor, labels: Tensor
) -> bool:
    """Whether training a model of this class changes the tensor of vectors that it was made with."""
    before = vectors.clone()
    practise(model_class(vectors, *rest), tokens, lengths, labels, 3, 0.1)
    return not torch.equal(vectors, before)


def read_text(path: str) -> str | None:
    """The text of a file in the notebook's folder; None if there is none, cut if it is very long."""
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as file:
            return file.read(MOST_TEXT)
    except OSError:
        return None

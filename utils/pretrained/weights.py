"""The embedded network's weights: one small file of half-precision numbers in the package."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

WEIGHTS = Path(__file__).with_name("embedded_net.npz")
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Normalisation of the inputs, a colour channel each: ImageNet's, as for torchvision's networks."""


def save_weights(net: nn.Module, categories: Sequence[str], path: Path = WEIGHTS) -> None:
    """Write all parameters and batch statistics of `net` as float16, and the names of its classes."""
    arrays = {
        name: value.detach().cpu().numpy().astype(np.float16)
        for name, value in net.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    text = np.frombuffer(json.dumps(list(categories)).encode(), dtype=np.uint8)
    np.savez_compressed(path, categories=text, **arrays)


def read_weights(path: Path = WEIGHTS) -> tuple[dict[str, torch.Tensor], tuple[str, ...]]:
    """Return the state dict, in float32, and the names of the classes."""
    with np.load(path, allow_pickle=False) as file:
        categories = tuple(json.loads(file["categories"].tobytes()))
        state = {name: torch.from_numpy(file[name].astype(np.float32)) for name in file.files if name != "categories"}
    return state, categories

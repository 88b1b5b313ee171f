"""The numbers of ``utils/checks/captioning_cases.json``, computed with torch; as a script, writes the file anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from utils.checks import captioning_cases as cases

Tensors = Mapping[str, Tensor]


def tensors(arrays: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}


def summed_loss(scores: Tensor, wanted: Tensor, mask: Tensor) -> Tensor:
    each = cross_entropy(scores.reshape(-1, scores.shape[-1]), wanted.reshape(-1).long(), reduction="none")
    return (each * mask.reshape(-1)).sum()


def softmax_numbers() -> dict[str, Any]:
    t = tensors(cases.softmax_arguments())
    batch, steps = t["mask"].shape
    right = summed_loss(t["x"], t["y"], t["mask"])
    return {
        "right": float(right / batch),
        "mistakes": {
            "no_mask": float(summed_loss(t["x"], t["y"], torch.ones_like(t["mask"])) / batch),
            "mean_over_steps": float(right / batch / steps),
            "mean_over_words": float(right / t["mask"].sum()),
        },
    }


def step(cell: str, x: Tensor, h: Tensor, c: Tensor, p: Tensors) -> tuple[Tensor, Tensor]:
    """One step, gate by gate: forget, input, candidate, output."""
    a = x @ p["Wx"] + h @ p["Wh"] + p["b"]
    if cell == "rnn":
        return torch.tanh(a), c
    f, i, g, o = a.chunk(4, dim=-1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def first_state(features: Tensor, p: Tensors, mistake: str = "") -> Tensor:
    h = features @ p["W_proj"] + p["b_proj"]
    return torch.zeros_like(h) if mistake == "no_picture" else torch.tanh(h) if mistake == "tanh_of_h0" else h


def caption_loss(cell: str, p: Tensors, features: Tensor, captions: Tensor, mistake: str = "") -> Tensor:
    words_in, wanted = captions[:, :-1], captions[:, 1:]
    mask = (words_in if mistake == "mask_of_inputs" else wanted) != cases.NULL
    if mistake == "null_counts":
        mask = torch.ones_like(mask)
    if mistake == "not_shifted":
        wanted = words_in
    h = first_state(features, p, mistake)
    c = torch.zeros_like(h)
    scores = []
    for t in range(words_in.shape[1]):
        h, c = step(cell, p["W_embed"][words_in[:, t]], h, c, p)
        scores.append(h @ p["W_vocab"] + p["b_vocab"])
    return summed_loss(torch.stack(scores, 1), wanted, mask) / len(captions)


def loss_numbers(cell: str) -> dict[str, Any]:
    p, features, captions = tensors(cases.parameters(cell)), torch.from_numpy(cases.features()), cases.CAPTIONS
    keys = ("null_counts", "mask_of_inputs", "not_shifted", "no_picture", "tanh_of_h0")
    losses = {key: float(caption_loss(cell, p, features, torch.from_numpy(captions), key)) for key in ("", *keys)}
    return {"right": losses.pop(""), "mistakes": losses}


def sampled(cell: str, mistake: str = "", seed_of: str = "sample") -> tuple[list[list[int]], float]:
    """Captions, and by how much the best word was ahead where it was closest."""
    p, features = tensors(cases.parameters(cell, seed_of)), torch.from_numpy(cases.features())
    h0 = h = first_state(features, p, mistake)
    c = torch.zeros_like(h)
    words = torch.full((len(features),), cases.NULL if mistake == "from_null" else cases.START)
    captions, margin = [], float("inf")
    for _ in range(cases.LENGTH):
        x = p["W_embed"][words if mistake != "not_fed_back" else torch.full_like(words, cases.START)]
        h, c = step(cell, x, h0 if mistake == "state_lost" else h, c, p)
        if mistake == "cell_lost":
            c = torch.zeros_like(c)
        scores = h @ p["W_vocab"] + p["b_vocab"]
        best = scores.topk(2, dim=1).values
        margin = min(margin, float((best[:, 0] - best[:, 1]).min()))
        words = scores.argmax(1)
        captions.append(words)
    return torch.stack(captions, 1).tolist(), margin


def sample_numbers(cell: str) -> dict[str, Any]:
    keys = ("from_null", "state_lost", "not_fed_back", "no_picture", *(("cell_lost",) if cell == "lstm" else ()))
    return {"right": sampled(cell)[0], "mistakes": {key: sampled(cell, key)[0] for key in keys}}


def computed() -> dict[str, Any]:
    t = tensors(cases.temporal_fc_arguments())
    numbers: dict[str, Any] = {"temporal_fc": {"right": (t["x"] @ t["w"] + t["b"]).tolist()}}
    numbers["softmax"] = softmax_numbers()
    for cell in ("rnn", "lstm"):
        numbers[f"loss_{cell}"] = loss_numbers(cell)
        numbers[f"sample_{cell}"] = sample_numbers(cell)
    return numbers


if __name__ == "__main__":
    cases.FILE.write_text(json.dumps(computed(), indent=1) + "\n", encoding="utf-8")

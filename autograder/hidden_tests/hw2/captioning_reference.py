"""The captioning network as the hidden tests expect it: float64, nothing clever, and what known mistakes make of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from autograder.hidden_tests.hw2 import reference
from autograder.hidden_tests.hw2.reference import (
    Array,
    StepBackward,
    StepFunction,
    Values,
    backpropagate,
    total,
    unroll,
)
from utils.captioning.optim import adam
from utils.checks.captioning_cases import END, NULL, START

CELLS = ("rnn", "lstm")
PARAMETERS = ("W_proj", "b_proj", "W_embed", "Wx", "Wh", "b", "W_vocab", "b_vocab")
_STEPS: dict[str, StepFunction] = {"rnn": reference.rnn_step, "lstm": reference.lstm_step}
_BACKWARD: dict[str, StepBackward] = {"rnn": reference.rnn_step_backward, "lstm": reference.lstm_step_backward}
_STATES = {"rnn": reference.RNN_STATES, "lstm": reference.LSTM_STATES}


@dataclass(frozen=True)
class Sizes:
    """Pictures, words to predict, features, word vector, hidden state, vocabulary."""

    N: int = 3
    T: int = 5
    D: int = 4
    W: int = 2
    H: int = 6
    V: int = 9


@dataclass(frozen=True)
class Case:
    """A model's parameters and what it is asked about."""

    cell: str
    sizes: Sizes
    params: Values
    features: Array
    captions: Array

    @property
    def words(self) -> list[str]:
        """A vocabulary of this size, in the order of the numbers."""
        return ["<NULL>", "<START>", "<END>", "<UNK>", *(f"word{i}" for i in range(self.sizes.V - 4))]


def draw(rng: np.random.Generator, cell: str, sizes: Sizes | None = None, scale: float = 0.5) -> Case:
    """Draw parameters, features, and captions of different lengths in which words occur again."""
    s = sizes or Sizes()
    gates = {"rnn": 1, "lstm": 4}[cell] * s.H
    shapes = {
        "W_proj": (s.D, s.H), "b_proj": (s.H,), "W_embed": (s.V, s.W), "Wx": (s.W, gates), "Wh": (s.H, gates),
        "b": (gates,), "W_vocab": (s.H, s.V), "b_vocab": (s.V,),
    }  # fmt: skip
    params = {name: scale * rng.normal(size=shape) for name, shape in shapes.items()}
    captions = np.full((s.N, s.T + 1), NULL)
    # The first is as long as it can be, the others shorter in turn.
    for row, caption in enumerate(captions):
        length = max(0, s.T - 1 - row % max(1, s.T - 1))
        caption[: length + 2] = [START, *rng.integers(3, s.V, size=length), END]
    return Case(cell, s, params, rng.normal(size=(s.N, s.D)), captions)


def softmax_loss(x: Array, y: Array, mask: Array) -> tuple[float, Array]:
    """Sum over steps, mean over the batch: (N, T, V), (N, T), (N, T) -> loss, dx."""
    shifted = x - x.max(axis=2, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))
    wanted = np.zeros(x.shape)
    np.put_along_axis(wanted, y[:, :, None], 1.0, axis=2)
    counts = np.asarray(mask, dtype=np.float64)[:, :, None]
    return float(-np.sum(counts * wanted * log_p) / len(x)), counts * (np.exp(log_p) - wanted) / len(x)


def loss_and_gradients(case: Case, mistake: str = "") -> tuple[float, Values]:
    """The loss of the captions and the gradient of every parameter, or what one of `LOSS_MISTAKES` makes of them."""
    p, words_in, wanted = case.params, case.captions[:, :-1], case.captions[:, 1:]
    mask = (words_in if mistake == "mask of inputs" else wanted) != NULL
    if mistake == "no mask":
        mask = np.ones_like(mask)
    if mistake == "not shifted":
        wanted = words_in
    h0 = case.features @ p["W_proj"] + p["b_proj"]
    if mistake == "no picture":
        h0 = np.zeros_like(h0)
    inputs = {"x": p["W_embed"][words_in].swapaxes(0, 1), "h0": h0, "Wx": p["Wx"], "Wh": p["Wh"], "b": p["b"]}
    steps = unroll(_STEPS[case.cell], inputs, _STATES[case.cell])
    h = np.stack([step.activations["next_h"] for step in steps])
    loss, dscores = softmax_loss((h @ p["W_vocab"] + p["b_vocab"]).swapaxes(0, 1), wanted, mask)
    dscores = dscores.swapaxes(0, 1)
    back = total(backpropagate(_BACKWARD[case.cell], steps, dscores @ p["W_vocab"].T, _STATES[case.cell]))
    grads = {
        "W_proj": case.features.T @ back["dh0"],
        "b_proj": back["dh0"].sum(axis=0),
        "W_embed": _embedding_gradient(p["W_embed"], words_in, back["dx"].swapaxes(0, 1), mistake),
        "Wx": back["dWx"],
        "Wh": back["dWh"],
        "b": back["db"],
        "W_vocab": np.einsum("tnh,tnv->hv", h, dscores),
        "b_vocab": dscores.sum(axis=(0, 1)),
    }
    return loss, grads


def _embedding_gradient(W_embed: Array, words: Array, dx: Array, mistake: str) -> Array:
    gradient = np.zeros_like(W_embed)
    if mistake == "overwritten":
        gradient[words] = dx
    else:
        np.add.at(gradient, words, dx)
    return gradient


LOSS_MISTAKES = {
    "no mask": "<NULL> is counted as a word: the mask is where captions[:, 1:] is not <NULL>",
    "mask of inputs": "the mask is made of the words that go in: make it of those that are wanted, captions[:, 1:]",
    "not shifted": "the words that are wanted are those that go in: it is captions[:, 1:] that is wanted",
    "no picture": "the picture has no part in it: h0 is features @ W_proj + b_proj",
    "overwritten": "where a word stands several times, only one place counts: add up all of them",
}
SAMPLE_MISTAKES = {
    "from null": "the first word that is fed is not <START>",
    "state lost": "each step begins with h0 again: hand the hidden state on",
    "cell lost": "each step begins with a cell state of zero: hand it on from step to step",
    "not fed back": "each step is fed <START>: feed it the word of the step before",
    "no picture": "the picture has no part in it: h0 is features @ W_proj + b_proj",
    "lowest": "the word with the lowest score is taken: take the highest",
}


def sample(case: Case, length: int, mistake: str = "") -> tuple[list[list[int]], float]:
    """The captions of a case up to their ends, and by how much the best word was ahead where it was closest."""
    p = case.params
    h = case.features @ p["W_proj"] + p["b_proj"]
    h = np.zeros_like(h) if mistake == "no picture" else h
    first, c = h, np.zeros_like(h)
    words = np.full(len(h), NULL if mistake == "from null" else START)
    captions, margin, alive = [], np.inf, np.ones(len(h), dtype=bool)
    for _ in range(length):
        given = {
            "x": p["W_embed"][np.full_like(words, START) if mistake == "not fed back" else words],
            "prev_h": first if mistake == "state lost" else h,
            "prev_c": np.zeros_like(c) if mistake == "cell lost" else c,
            **{name: p[name] for name in ("Wx", "Wh", "b")},
        }
        values = _STEPS[case.cell](given)
        h, c = values["next_h"], values.get("next_c", c)
        scores = (h @ p["W_vocab"] + p["b_vocab"]) * (-1 if mistake == "lowest" else 1)
        best = np.sort(scores, axis=1)
        if alive.any():
            margin = min(margin, float((best[:, -1] - best[:, -2])[alive].min()))
        words = scores.argmax(axis=1)
        alive &= words != END
        captions.append(words)
    rows = np.stack(captions, axis=1).tolist()
    return [row[: row.index(END) + 1] if END in row else row for row in rows], margin


@cache
def telling_case(cell: str, seed: int, length: int) -> Case:
    """A case in which captions differ, none is a close call, and each mistake gives other captions."""
    rng = np.random.default_rng(seed)
    mistakes = [key for key in SAMPLE_MISTAKES if cell == "lstm" or key != "cell lost"]
    best: tuple[int, Case] | None = None
    for _ in range(400):
        case = draw(rng, cell, Sizes(N=4), scale={"rnn": 1.3, "lstm": 2.0}[cell])
        captions, margin = sample(case, length)
        if margin < 0.05 or len(set(map(tuple, captions))) < 3 or not any(len(row) > 2 for row in captions):
            continue
        if any(row[0] == START for row in captions):  # a solution may put it in front of all captions
            continue
        told = sum(sample(case, length, key)[0] != captions for key in mistakes)
        if best is None or told > best[0]:
            best = (told, case)
        if told == len(mistakes):
            break
    assert best is not None
    return best[1]


@cache
def learnt(cell: str) -> Case:
    """A model that knows five captions by heart, trained here."""
    sizes = Sizes(N=5, T=5, D=6, W=6, H=16, V=10)
    case = draw(np.random.default_rng(5), cell, sizes, scale=0.3)
    configs: dict[str, dict[str, object]] = {name: {"learning_rate": 0.03} for name in PARAMETERS}
    update: Callable[..., tuple[Array, dict[str, object]]] = adam
    for _ in range(150):
        _, grads = loss_and_gradients(case)
        for name in PARAMETERS:
            case.params[name], configs[name] = update(case.params[name], grads[name], configs[name])
    return case

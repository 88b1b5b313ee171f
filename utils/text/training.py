"""A training loop for models that read sentences, and what a trained model says."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from utils.text.corpus import Batch, Corpus, Encoded, encode
from utils.text.threads import one_thread
from utils.text.vocabulary import UNK, Vocabulary


@dataclass
class History:
    """What happened in each epoch of a training run."""

    train_loss: list[float] = field(default_factory=list)
    """Mean loss over the training batches, in training mode."""
    dev_loss: list[float] = field(default_factory=list)
    """Mean loss on the dev sentences, after the epoch."""
    dev_accuracy: list[float] = field(default_factory=list)
    """Accuracy on the dev sentences, after the epoch."""
    seconds: float = 0.0
    """How long the whole run took."""

    @property
    def best(self) -> int:
        """The epoch, counted from 0, whose weights were kept."""
        return int(np.argmax(self.dev_accuracy))


def fit(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    train: Encoded,
    dev: Encoded,
    *,
    epochs: int,
    batch_size: int,
    label_smoothing: float = 0.0,
    hide: float = 0.0,
    clip: float = 1.0,
    seed: int = 0,
    quiet: bool = False,
) -> History:
    """Train a model and leave it with the weights that were best on the dev sentences.

    The loss is the binary cross entropy of the model's logits. The learning rates of the optimizer fall in a straight
    line, from what they are at the beginning to zero at the end.

    Parameters
    ----------
    model : torch.nn.Module
        Called as ``model(tokens, lengths)``, returns logits of shape (N,). Trained where its parameters are.
    optimizer : torch.optim.Optimizer
        Holds the parameters that are to be trained, and their learning rates.
    train, dev : Encoded
        Sentences to learn from, and to choose the best epoch by.
    epochs : int
        How often all training sentences are gone through.
    batch_size : int
    label_smoothing : float, optional
        With 0.1 the labels 0 and 1 become 0.05 and 0.95.
    hide : float, optional
        Makes the model practise unknown words: in each epoch a token whose word occurs ``c`` times in the training
        sentences becomes the unknown word with probability ``hide / (hide + c)``.
    clip : float, optional
        The largest norm of the whole gradient; larger gradients are scaled down.
    seed : int, optional
        Fixes the order of the sentences.
    quiet : bool, optional
        Whether to print nothing; otherwise each epoch is a line.

    Returns
    -------
    History
    """
    history, began = History(), time.perf_counter()
    train, dev = _on_device_of(model, train), _on_device_of(model, dev)
    generator = torch.Generator().manual_seed(seed)
    steps = max(1, epochs * math.ceil(len(train) / batch_size))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(0.0, 1 - step / steps))
    best: dict[str, Tensor] = {}
    if not quiet:
        print(f"{'epoch':>5}  {'train loss':>10}  {'dev loss':>8}  {'dev accuracy':>12}")
    with one_thread():
        for epoch in range(1, epochs + 1):
            model.train()
            shown = _with_hidden_words(train, hide, generator) if hide else train
            batches = shown.shuffled(batch_size, generator)
            loss = _train_one_epoch(model, optimizer, schedule, batches, label_smoothing, clip)
            values = logits(model, dev)
            history.train_loss.append(loss)
            history.dev_loss.append(_loss(values, _labels(dev), label_smoothing).item())
            history.dev_accuracy.append(_accuracy(values, _labels(dev)))
            if history.best == epoch - 1:
                best = {name: value.detach().clone() for name, value in model.state_dict().items()}
            if not quiet:
                print(f"{epoch:5}  {loss:10.4f}  {history.dev_loss[-1]:8.4f}  {history.dev_accuracy[-1]:12.4f}")
    if best:
        model.load_state_dict(best)
    history.seconds = time.perf_counter() - began
    if not quiet and epochs:
        print(f"kept the weights of epoch {history.best + 1}; {history.seconds:.0f} seconds")
    return history


def _train_one_epoch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LambdaLR,
    batches: Iterable[Batch],
    label_smoothing: float,
    clip: float,
) -> float:
    """Return the mean loss of a sentence."""
    total, count = 0.0, 0
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for batch in batches:
        loss = _loss(_called(model, batch), _labels(batch), label_smoothing)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        schedule.step()
        total += loss.item() * len(batch.lengths)
        count += len(batch.lengths)
    return total / max(1, count)


def _with_hidden_words(sentences: Encoded, hide: float, generator: torch.Generator) -> Encoded:
    """Rare words become the unknown word: training itself knows all words, and would never see it."""
    counts = sentences.ids.bincount()[sentences.ids]
    chance = torch.rand(len(counts), generator=generator).to(counts.device)
    return replace(sentences, ids=sentences.ids.where(chance >= hide / (hide + counts), UNK))


def logits(model: nn.Module, sentences: Encoded, batch_size: int = 1000) -> Tensor:
    """Return the model's logit for each sentence, (sentences,), in their order, in evaluation mode."""
    with evaluating(model):
        values = [_called(model, batch) for batch in _on_device_of(model, sentences).in_order(batch_size)]
    return torch.cat(values) if values else torch.zeros(0)


def predict(model: nn.Module, sentences: Encoded) -> np.ndarray:
    """Return 1 for each sentence that the model takes for praise, else 0: (sentences,) int64.

    A probability above one half is a logit above zero.
    """
    return (logits(model, sentences) > 0).long().cpu().numpy()


def accuracy(model: nn.Module, sentences: Encoded) -> float:
    """Return the part of the sentences whose label the model predicts."""
    return _accuracy(logits(model, sentences), _labels(sentences))


def probabilities(model: nn.Module, vocabulary: Vocabulary, sentences: Sequence[str]) -> np.ndarray:
    """Return how likely the model finds it that each sentence, tokens between spaces, is praise: (sentences,)."""
    return torch.sigmoid(logits(model, encode([line.split() for line in sentences], vocabulary))).cpu().numpy()


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """For a while: dropout off, no gradients; then the model is in the mode that it was in."""
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(was_training)


def _called(model: nn.Module, batch: Batch) -> Tensor:
    values = model(batch.tokens, batch.lengths)
    expected = tuple(batch.lengths.shape)
    if not isinstance(values, Tensor) or tuple(values.shape) != expected:
        got = f"shape {tuple(values.shape)}" if isinstance(values, Tensor) else type(values).__name__
        raise ValueError(f"the model should return one logit a sentence, shape {expected}; it returned {got}")
    return values


def _on_device_of(model: nn.Module, sentences: Encoded) -> Encoded:
    parameter = next(model.parameters(), None)
    return sentences if parameter is None else sentences.to(parameter.device)


def _labels(sentences: Encoded | Batch) -> Tensor:
    if sentences.labels is None:
        raise ValueError("these sentences have no labels")
    return sentences.labels


def _loss(values: Tensor, labels: Tensor, label_smoothing: float) -> Tensor:
    targets = labels.to(values.device) * (1 - label_smoothing) + label_smoothing / 2
    return binary_cross_entropy_with_logits(values, targets)


def _accuracy(values: Tensor, labels: Tensor) -> float:
    return ((values > 0) == (labels.to(values.device) > 0.5)).float().mean().item()


def report(model: nn.Module, corpus: Corpus, history: History) -> dict[str, float]:
    """Print and return what is reported of a trained model: accuracies on dev and test, parameters, seconds."""
    result = {
        "dev": accuracy(model, corpus.dev),
        "test": accuracy(model, corpus.test),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "seconds": history.seconds,
    }
    print(f"dev accuracy {result['dev']:.4f}, test accuracy {result['test']:.4f}")
    return result

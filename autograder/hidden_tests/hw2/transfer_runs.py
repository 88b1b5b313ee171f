"""Training runs of a small linear model, worked out in NumPy: right ones, and ones with a known mistake.

A run is drawn such that the mistakes that a test is about lead to other weights than the right way does. The labels of
the validation set have no influence on training, so they can be chosen afterwards: they decide which epoch is the best.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from autograder.errors import GraderError

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Draw = Callable[[np.random.Generator], "Run"]

LARGEST_TRY = 5000
GAP = 0.02
"""How far apart the two highest scores of a sample are at least, so that rounding never decides a prediction."""

GRADIENTS = {
    "right": "",
    "kept": "the gradients are never set to zero, so every step also uses those of all batches before",
    "kept in an epoch": "the gradients are set to zero once an epoch only: it has to happen before every batch",
    "validation too": "the optimizer also steps on the validation batches: only the training phase may change weights",
    "summed": "the gradients are multiplied by the batch size: take backward() of the mean loss that criterion returns",
    "by validation only": "the optimizer steps on the validation batches and not on the training batches",
}
SCHEDULES = {
    "right": "",
    "never": "the learning rate never decays: is scheduler.step() missing?",
    "every batch": "the learning rate decays with every batch: scheduler.step() belongs at the end of an epoch",
    "first": "the learning rate has decayed before the first epoch: step the scheduler after the optimizer, once each",
    "twice": "the learning rate decays twice an epoch: is the scheduler stepped in both phases?",
}


@dataclass(frozen=True)
class Run:
    """A linear model, its data, and how it is trained."""

    weight: Array
    """(C, D), as all weights of this model."""
    bias: Array
    x_train: Array
    y_train: Labels
    x_val: Array
    y_val: Labels
    batch: int = 4
    rate: float = 0.5
    decay: float = 1.0
    epochs: int = 2


@dataclass(frozen=True)
class Epoch:
    """Where a model is after an epoch, or before the first."""

    weight: Array
    bias: Array
    train_accuracy: float = 0.0
    """Accuracy of the training phase, each batch judged before its step."""

    def scores(self, x: Array) -> Array:
        return x @ self.weight.T + self.bias


def batches(x: Array, y: Labels, size: int) -> list[tuple[Array, Labels]]:
    return [(x[i : i + size], y[i : i + size]) for i in range(0, len(x), size)]


def _both(run: Run) -> tuple[list[tuple[Array, Labels]], list[tuple[Array, Labels]]]:
    return batches(run.x_train, run.y_train, run.batch), batches(run.x_val, run.y_val, run.batch)


def softmax(scores: Array) -> Array:
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Array = exp / exp.sum(axis=1, keepdims=True)
    return result


def train(run: Run, gradients: str = "right", schedule: str = "right") -> list[Epoch]:
    """Train in one of the ways of `GRADIENTS` and `SCHEDULES`; returns the start and the state after each epoch."""
    weight, bias = run.weight.copy(), run.bias.copy()
    kept_weight, kept_bias = np.zeros_like(weight), np.zeros_like(bias)
    rate, found = run.rate, [Epoch(weight.copy(), bias.copy())]
    training, validation = _both(run)
    seen = {"validation too": training + validation, "by validation only": validation}.get(gradients, training)
    for _ in range(run.epochs):
        rate *= run.decay if schedule == "first" else 1
        right = 0
        if gradients == "kept in an epoch":
            kept_weight[:], kept_bias[:] = 0, 0
        for x, y in seen:
            wrong = softmax(x @ weight.T + bias)
            right += int(np.sum(wrong.argmax(axis=1) == y))
            wrong[np.arange(len(y)), y] -= 1
            wrong /= 1 if gradients == "summed" else len(y)
            if not gradients.startswith("kept"):
                kept_weight[:], kept_bias[:] = 0, 0
            kept_weight += wrong.T @ x
            kept_bias += wrong.sum(axis=0)
            weight -= rate * kept_weight
            bias -= rate * kept_bias
            rate *= run.decay if schedule == "every batch" else 1
        rate *= {"right": run.decay, "twice": run.decay**2}.get(schedule, 1)
        found.append(Epoch(weight.copy(), bias.copy(), right / len(run.y_train)))
    return found


def accuracies(run: Run, epochs: list[Epoch]) -> Array:
    """Return the validation accuracy of each, over all samples."""
    return np.array([np.mean(epoch.scores(run.x_val).argmax(axis=1) == run.y_val) for epoch in epochs])


def means_of_batches(run: Run, epochs: list[Epoch]) -> Array:
    """Return the mean of the batches' accuracies, in which a small last batch counts as much as the others."""
    return np.array(
        [
            np.mean([np.mean(epoch.scores(x).argmax(axis=1) == y) for x, y in batches(run.x_val, run.y_val, run.batch)])
            for epoch in epochs
        ]
    )


def losses(run: Run, epochs: list[Epoch]) -> Array:
    """Return the mean cross entropy of each on the validation set."""
    here = np.arange(len(run.y_val))
    return np.array([-np.mean(np.log(softmax(epoch.scores(run.x_val))[here, run.y_val])) for epoch in epochs])


def choices(run: Run, epochs: list[Epoch]) -> dict[str, int]:
    """Return which epoch's weights are returned, by what a loop may look at; the start is not among them."""
    after = epochs[1:]
    picked = {
        "best": int(np.argmax(accuracies(run, after))),
        "last": len(after) - 1,
        "by the mean of batches": int(np.argmax(means_of_batches(run, after))),
        "by the loss": int(np.argmin(losses(run, after))),
        "worst": int(np.argmin(accuracies(run, after))),
        "by training": int(np.argmax([epoch.train_accuracy for epoch in after])),
        "first": 0,
    }
    return {name: index + 1 for name, index in picked.items()}


CHOICES = {
    "last": "these are the weights of the last epoch, not of the best one: keep a copy of the best (state_dict() alone "
    "refers to the weights, which go on changing) and load it in the end",
    "by the mean of batches": "the epoch was chosen by the mean of the batches' accuracies: count the samples that are "
    "right and divide by the size of the data set, since the last batch may be smaller",
    "by the loss": "the epoch with the lowest validation loss was chosen: the best validation accuracy decides",
    "worst": "the epoch with the worst validation accuracy was chosen",
    "by training": "the epoch was chosen by the accuracy of the training phase: the validation phase decides",
    "first": "these are the weights of the first epoch: is the best accuracy so far updated?",
}


def plain(rng: np.random.Generator) -> Run:
    """Return a run of two epochs in which the last is the best and the learning rate stays."""

    def fits(run: Run, epochs: list[Epoch]) -> bool:
        return bool(accuracies(run, epochs)[:-1].max() < accuracies(run, epochs)[-1])

    return _draw(rng, fits, lambda run, epochs, rng: _as_predicted_in(run, epochs, -1), sizes=(10, 7))


def best_in_the_middle(rng: np.random.Generator) -> Run:
    """Return a run of five epochs; the best is none of those that a loop might pick for another reason."""
    wanted = int(rng.integers(2, 5))

    def fits(run: Run, epochs: list[Epoch]) -> bool:
        others = np.delete(accuracies(run, epochs), wanted)
        picked = choices(run, epochs)
        rules = {picked[name] for name in ("last", "by the loss", "by training", "worst")}
        return bool(others.max() < accuracies(run, epochs)[wanted]) and wanted not in rules and len(rules) == 4

    return _draw(
        rng, fits, lambda run, epochs, rng: _as_predicted_in(run, epochs, wanted), sizes=(10, 8), epochs=5, rate=3.0
    )


def small_last_batch(rng: np.random.Generator) -> Run:
    """Return a run whose last epoch is the best by samples, and an earlier one by the mean of batches."""

    def relabel(run: Run, epochs: list[Epoch], rng: np.random.Generator) -> Run:
        order = rng.permutation(len(run.x_val))
        x = run.x_val[order]
        said = np.stack([epoch.scores(x).argmax(axis=1) for epoch in epochs[1:]])
        source = np.where(np.arange(len(x)) < 2 * run.batch, len(said) - 1, 1)
        source = np.where(rng.random(len(x)) < 0.2, rng.integers(0, len(said), len(x)), source)
        return replace(run, x_val=x, y_val=said[source, np.arange(len(x))])

    def fits(run: Run, epochs: list[Epoch]) -> bool:
        by_samples, by_batches = accuracies(run, epochs), means_of_batches(run, epochs)
        picked = choices(run, epochs)
        clear = by_samples[:-1].max() < by_samples[-1] and by_batches[:-1].max() > by_batches[-1] + 1e-6
        small = picked.pop("by the mean of batches")
        return bool(clear) and small not in picked.values()

    return _draw(rng, fits, relabel, sizes=(10, 9), epochs=3, rate=3.0)


def decaying(rng: np.random.Generator) -> Run:
    """Return a run of two epochs with a decaying learning rate; the last is the best, whenever the rate decays."""
    kept = 8

    def relabel(run: Run, epochs: list[Epoch], rng: np.random.Generator) -> Run:
        said = epochs[-1].scores(run.x_val).argmax(axis=1)
        rising = np.ones(len(said), bool)
        for schedule in SCHEDULES:
            first, last = (epoch.scores(run.x_val).argmax(axis=1) for epoch in train(run, schedule=schedule)[1:])
            rising &= (first != said) & (last == said)
        # Those that every schedule learns in the second epoch, then others.
        order = np.concatenate([np.flatnonzero(rising), np.flatnonzero(~rising)])[:kept]
        order = order[np.random.default_rng(int(rising.sum())).permutation(len(order))]
        return replace(run, x_val=run.x_val[order], y_val=said[order])

    def fits(run: Run, epochs: list[Epoch]) -> bool:
        paths = [accuracies(run, train(run, schedule=schedule)) for schedule in SCHEDULES]
        return all(bool(path[:-1].max() < path[-1]) for path in paths)

    return _draw(rng, fits, relabel, sizes=(10, 60), decay=0.5)


def _as_predicted_in(run: Run, epochs: list[Epoch], epoch: int) -> Run:
    return replace(run, y_val=epochs[epoch].scores(run.x_val).argmax(axis=1))


def _draw(
    rng: np.random.Generator,
    fits: Callable[[Run, list[Epoch]], bool],
    relabel: Callable[[Run, list[Epoch], np.random.Generator], Run],
    sizes: tuple[int, int],
    epochs: int = 2,
    rate: float = 1.0,
    decay: float = 1.0,
) -> Run:
    """Draw until a run fits and no prediction hangs by a hair."""
    classes, inputs = 3, 4
    for _ in range(LARGEST_TRY):
        run = Run(
            rng.normal(size=(classes, inputs)),
            rng.normal(size=classes),
            rng.normal(size=(sizes[0], inputs)),
            rng.integers(0, classes, sizes[0]),
            rng.normal(size=(sizes[1], inputs)),
            rng.integers(0, classes, sizes[1]),
            rate=rate,
            decay=decay,
            epochs=epochs,
        )
        found = train(run)
        run = relabel(run, found, rng)
        if fits(run, found) and all(_clear(epoch.scores(run.x_val)) for epoch in found):
            return run
    raise GraderError("no run of the wanted kind was drawn")


def _clear(scores: Array) -> bool:
    ordered = np.sort(scores, axis=1)
    return bool(np.all(ordered[:, -1] - ordered[:, -2] > GAP))


@dataclass(frozen=True)
class Statistics:
    """What a batch normalisation without weights has seen, and its data."""

    run: Run
    """Its learning rate is zero: only the statistics change."""
    after: dict[str, list[tuple[Array, Array]]]
    """Running mean and variance at the start and after each epoch, by what may be done right or wrong."""


MODES = {
    "right": "",
    "validation too": "the statistics of batch normalisation have seen the validation set: call model.eval() before "
    "the validation phase",
    "never": "the statistics of batch normalisation do not change: call model.train() before the training phase",
    "first epoch": "the statistics of batch normalisation stop changing after the first epoch: the validation phase "
    "leaves the model in eval mode, so call model.train() in every epoch",
}


def statistics(rng: np.random.Generator) -> Statistics:
    """Return two epochs in which the statistics alone make the validation accuracy rise."""

    def scores(run: Run, seen: tuple[Array, Array]) -> Array:
        mean, variance = seen
        return ((run.x_val - mean) / np.sqrt(variance + 1e-5)) @ run.weight.T + run.bias

    for _ in range(LARGEST_TRY):
        run = Run(
            rng.normal(size=(3, 4)),
            rng.normal(size=3),
            2 + 2 * rng.normal(size=(10, 4)),
            rng.integers(0, 3, 10),
            2 * rng.normal(size=(8, 4)),
            rng.integers(0, 3, 8),
            rate=0.0,
        )
        after = {mode: _seen(run, mode) for mode in MODES}
        said = [scores(run, seen) for seen in after["right"]]
        run = replace(run, y_val=said[-1].argmax(axis=1))
        start, first, last = (np.mean(each.argmax(axis=1) == run.y_val) for each in said)
        if start < first < last and all(map(_clear, said)):
            return Statistics(run, after)
    raise GraderError("no statistics of the wanted kind were drawn")


def _seen(run: Run, mode: str) -> list[tuple[Array, Array]]:
    inputs = run.x_train.shape[1]
    mean, variance = np.zeros(inputs), np.ones(inputs)
    found = [(mean, variance)]
    for epoch in range(run.epochs):
        training, validation = _both(run)
        part = {"never": [], "validation too": training + validation, "first epoch": [] if epoch else training}
        for x, _ in part.get(mode, training):
            mean = 0.9 * mean + 0.1 * x.mean(axis=0)
            variance = 0.9 * variance + 0.1 * x.var(axis=0, ddof=1)
        found.append((mean, variance))
    return found

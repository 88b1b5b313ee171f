"""Hidden tests of problem 1, the training loop: which weights it ends with, on runs that are worked out beforehand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from autograder.errors import CheckFailed, StudentError
from autograder.hidden_tests.hw2 import transfer_runs as runs
from autograder.hidden_tests.hw2.transfer_runs import Array, Run
from autograder.kernel.wire import Handle, Tensor
from autograder.student import Student, kind_of
from autograder.testing import hidden_test

GROUP = "train_model"
BEGIN_THERE = "the weights are not those of any epoch: begin with the test 'weights after training'"


class Training:
    """One call of the student's loop on the model and the data of a run.

    Parameters
    ----------
    student : Student
    run : Run
    epochs : int, optional
        Instead of the run's own number.
    normalised : bool, optional
        With batch normalisation, without weights of its own, before the linear layer.
    """

    def __init__(self, student: Student, run: Run, epochs: int | None = None, normalised: bool = False) -> None:
        self.student = student
        device, loaders, sizes, model, criterion, optimizer, scheduler, self._notes = student.probe(
            "transfer.task",
            *(Tensor(array.astype(np.float32)) for array in (run.weight, run.bias)),
            (Tensor(run.x_train.astype(np.float32)), Tensor(run.y_train)),
            (Tensor(run.x_val.astype(np.float32)), Tensor(run.y_val)),
            run.batch,
            run.rate,
            run.decay,
            normalised=normalised,
        )
        sizes = student.value(sizes)
        self.model = trained(
            student.call(
                "train_model",
                device,
                loaders,
                sizes,
                model,
                criterion,
                optimizer,
                scheduler,
                num_epochs=run.epochs if epochs is None else epochs,
            ),
            "train_model",
        )

    def weights(self) -> tuple[Array, Array]:
        """Weight and bias of the linear layer."""
        return self._read("fc.weight"), self._read("fc.bias")

    def statistics(self) -> tuple[Array, Array]:
        """Running mean and variance of the batch normalisation."""
        return self._read("norm.running_mean"), self._read("norm.running_var")

    def events(self) -> list[str]:
        """What the loaders, the model, the optimizer and the scheduler noted."""
        found = self.student.probe("transfer.events", self._notes)
        return found.splitlines() if isinstance(found, str) else []

    def _read(self, name: str) -> Array:
        try:
            value = self.student.attribute(self.model, name)
        except StudentError as error:
            raise CheckFailed("train_model: the object that it returned is not the model that it was given") from error
        if not isinstance(value, Tensor):
            raise CheckFailed("train_model: the object that it returned is not the model that it was given")
        return value.array.astype(np.float64)


def trained(value: object, function: str) -> Handle:
    """Return what a function returned, if that can be a model.

    Raises
    ------
    CheckFailed
        If it cannot.
    """
    if not isinstance(value, Handle) or value.type in ("list", "tuple", "dict", "set"):
        raise CheckFailed(f"{function}: expected the trained model, got {kind_of(value)}: what does it return?")
    return value


def near(got: Iterable[Array], expected: Iterable[Array]) -> bool:
    """Whether arrays agree, up to the rounding of float32 over some epochs."""
    return all(
        mine.shape == other.shape and np.allclose(mine, other, rtol=2e-3, atol=2e-3)
        for mine, other in zip(got, expected, strict=True)
    )


class Found:
    """Which of the known ways of training leads to some weights: gradients, schedule and epoch of each that does."""

    def __init__(self, run: Run, weights: tuple[Array, Array]) -> None:
        schedules = runs.SCHEDULES if run.decay != 1 else ("right",)
        self.run = run
        self.matches: list[tuple[str, str, int]] = []
        self.paths = {(g, s): runs.train(run, g, s) for g in runs.GRADIENTS for s in schedules}
        for (gradients, schedule), path in self.paths.items():
            for number, epoch in enumerate(path):
                if near(weights, (epoch.weight, epoch.bias)):
                    self.matches.append((gradients, schedule, number))

    @property
    def gradients(self) -> list[str]:
        return [gradients for gradients, _, epoch in self.matches if epoch]

    @property
    def schedules(self) -> list[str]:
        return [schedule for _, schedule, epoch in self.matches if epoch]

    def chosen(self) -> list[str]:
        """By which rules the epoch can have been chosen."""
        rules = []
        for gradients, schedule, epoch in self.matches:
            picked = runs.choices(self.run, self.paths[gradients, schedule])
            rules += [rule for rule, number in picked.items() if number == epoch]
        return rules

    def untouched(self) -> bool:
        """Whether these are the weights from before the training."""
        return any(epoch == 0 for _, _, epoch in self.matches)


@hidden_test(GROUP, weight=3, hint="A linear model, two epochs, the learning rate stays, the last batch is smaller")
def weights_after_training(student: Student, rng: np.random.Generator) -> None:
    run = runs.plain(rng)
    found = Found(run, Training(student, run).weights())
    if "right" in found.gradients:
        return
    if found.untouched():
        raise CheckFailed(
            "the weights are those from before the training: does the optimizer step in each training phase?"
        )
    for way in found.gradients:
        raise CheckFailed(runs.GRADIENTS[way])
    raise CheckFailed(
        "the weights after two epochs are not those of gradient descent: for each training batch once, set the "
        "gradients to zero, take criterion(outputs, labels), go backward, let the optimizer step"
    )


@hidden_test(GROUP, weight=3, hint="Here the validation accuracy rises and falls again")
def the_best_weights_are_kept(student: Student, rng: np.random.Generator) -> None:
    run = runs.best_in_the_middle(rng)
    chosen = Found(run, Training(student, run).weights()).chosen()
    if not chosen:
        raise CheckFailed(BEGIN_THERE)
    if "best" not in chosen:
        rule = next((rule for rule in runs.CHOICES if rule in chosen), "")
        raise CheckFailed(runs.CHOICES.get(rule, "these are not the weights of the epoch with the best accuracy"))


@hidden_test(GROUP, weight=1.5, hint="Here the last validation batch is smaller than the others")
def accuracy_over_samples_and_not_over_batches(student: Student, rng: np.random.Generator) -> None:
    run = runs.small_last_batch(rng)
    found = Found(run, Training(student, run).weights())
    chosen = found.chosen()
    if not chosen:
        raise CheckFailed(BEGIN_THERE)
    if set(chosen) == {"by the mean of batches"}:
        raise CheckFailed(runs.CHOICES["by the mean of batches"])


@hidden_test(GROUP, weight=2, hint="Here the scheduler halves the learning rate at every step of its own")
def scheduler_once_an_epoch_after_the_optimizer(student: Student, rng: np.random.Generator) -> None:
    run = runs.decaying(rng)
    found = Found(run, Training(student, run).weights())
    if not found.schedules:
        raise CheckFailed(BEGIN_THERE)
    if "right" not in found.schedules:
        raise CheckFailed(runs.SCHEDULES[found.schedules[0]])


@hidden_test(GROUP, weight=2, hint="Here the model has batch normalisation, which behaves differently in the two modes")
def train_and_eval_mode(student: Student, rng: np.random.Generator) -> None:
    case = runs.statistics(rng)
    training = Training(student, case.run, normalised=True)
    got = training.statistics()
    _, first, last = case.after["right"]
    # Which of the two epochs is returned is the business of another test, if both were trained in training mode.
    trained_throughout = all(" train " in f"{event} " for event in _in_phase(training.events(), "train", "forward"))
    if near(got, last) or (near(got, first) and trained_throughout):
        return
    for mode, message in runs.MODES.items():
        if message and any(near(got, seen) for seen in case.after[mode][1:]):
            raise CheckFailed(message)
    raise CheckFailed(
        "the statistics of batch normalisation are wrong: model.train() before the training phase and model.eval() "
        "before the validation phase, in every epoch, and every training batch once"
    )


@hidden_test(GROUP, weight=1)
def no_gradients_in_the_validation_phase(student: Student, rng: np.random.Generator) -> None:
    events = Training(student, runs.plain(rng)).events()
    passes = _in_phase(events, "val", "forward")
    if not passes:
        raise CheckFailed("the model was not called on the validation batches")
    if not all(event.endswith("no gradients") for event in passes):
        raise CheckFailed(
            "gradients are recorded in the validation phase, which costs time and memory for nothing: use "
            "torch.set_grad_enabled(phase == 'train') or torch.no_grad()"
        )


@hidden_test(GROUP, weight=1.5, hint="Here num_epochs is 0")
def no_epochs_change_nothing(student: Student, rng: np.random.Generator) -> None:
    run = replace(runs.statistics(rng).run, rate=0.5)
    training = Training(student, run, epochs=0, normalised=True)
    before = [array.astype(np.float32).astype(np.float64) for array in (run.weight, run.bias)]
    if not all(map(np.array_equal, training.weights(), before)):
        raise CheckFailed("with num_epochs=0 the weights must stay as they are")
    inputs = run.weight.shape[1]
    if not all(map(np.array_equal, training.statistics(), (np.zeros(inputs), np.ones(inputs)))):
        raise CheckFailed(
            "with num_epochs=0 the statistics of batch normalisation have changed: is the model in eval mode when it "
            "is evaluated?"
        )
    _assert_evaluated(training.events())


@hidden_test(GROUP, weight=1, hint="Here num_epochs is 0")
def no_epochs_evaluate_on_the_validation_set(student: Student, rng: np.random.Generator) -> None:
    run = runs.plain(rng)
    events = Training(student, run, epochs=0).events()
    _assert_evaluated(events)
    if "open train" in events:
        raise CheckFailed("with num_epochs=0 the training set is not needed: evaluate on 'val' only")
    if "optimizer" in events or "scheduler" in events:
        raise CheckFailed("with num_epochs=0 neither optimizer nor scheduler should step")
    calls = sum(event.startswith("forward") for event in events)
    expected = len(runs.batches(run.x_val, run.y_val, run.batch))
    if calls < expected:
        raise CheckFailed("with num_epochs=0 every batch of the validation set should be evaluated")


def _assert_evaluated(events: list[str]) -> None:
    if not any(event.startswith("forward") for event in events):
        raise CheckFailed("with num_epochs=0 the model should be evaluated on the validation set; it was not called")


def _in_phase(events: list[str], split: str, kind: str) -> list[str]:
    """The events of a kind from the opening of one loader to that of another."""
    phase, found = "", []
    for event in events:
        if event.startswith("open "):
            phase = event.removeprefix("open ")
        elif phase == split and event.startswith(kind):
            found.append(event)
    return found

"""Hidden tests of problem 1, the trained models: which weights change, and what the models say to new pictures."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from autograder.errors import CheckFailed, StudentError
from autograder.hidden_tests.hw2 import transfer_pictures as pictures
from autograder.hidden_tests.hw2.transfer import trained
from autograder.kernel.wire import Handle, Tensor
from autograder.student import Student, kind_of
from autograder.testing import hidden_test, needs
from utils.settings import profile_of, settings_for

NOISE = "It is called with a few small pictures of noise"
VARIABLES = {"finetune": "model_ft", "freeze": "model_conv"}
CLASSES = ["ants", "bees"]
SIDE = 32
"""Pixels of the noise on which only the handling of the weights is tested."""
UNSEEN = {"smoke": 120, "full": 153}
"""Pictures that a trained model is judged by; in full, all there are. The goal stands in the notebook's settings."""
LEAST_OF_FEW = 0.7
"""The same after training on `FEW` pictures, where the notebook's own model is missing or does badly."""
FEW = (64, 24)
AGREEMENT = 0.0151
"""How far a reported accuracy may be from the measured one: rounding to two digits, or a picture on the edge."""

needs("finetune", "train_model")
needs("freeze", "train_model")


@dataclass(frozen=True)
class Facts:
    """What became of the weights in one call of finetune or freeze on a few small pictures of noise."""

    scores: int
    """How many scores the model gives for a picture; 0 if it is no row of scores."""
    count: int
    """Parameters below the last layer,"""
    changed: int
    """those of them that are not the pretrained ones any more,"""
    gradients: int
    """and those that have a gradient."""
    likeness: float
    """Least cosine between the weights of a layer below the last and the pretrained ones."""
    own: int
    """Parameters of the last layer that the optimizer held,"""
    own_trained: int
    """those of them that changed from step to step,"""
    others: int
    """parameters beside them,"""
    others_trained: int
    """and those that changed from step to step."""


_known: WeakKeyDictionary[Student, dict[str, Facts | StudentError]] = WeakKeyDictionary()


def _facts(student: Student, function: str) -> Facts:
    """Call finetune or freeze once for all tests that look at the weights; raises what the call raised."""
    known = _known.setdefault(student, {})
    if function not in known:
        try:
            known[function] = _find_facts(student, function)
        except StudentError as error:
            known[function] = error
    found = known[function]
    if isinstance(found, StudentError):
        raise found
    return found


def _find_facts(student: Student, function: str) -> Facts:
    rng = np.random.default_rng(0)
    images, labels = rng.normal(size=(12, 3, SIDE, SIDE)).astype(np.float32), np.arange(12) % 2
    student.probe("transfer.watch_optimizers")
    try:
        model = _train(student, function, (images[:8], labels[:8]), (images[8:], labels[8:]))
        held = student.probe("transfer.held", model)
    finally:
        student.probe("transfer.stop_watching")
    start = student.call("load_backbone", "resnet18")
    try:
        compared = student.probe("transfer.compare", model, start)
    except StudentError as error:
        raise CheckFailed("the layers below `fc` are not those of load_backbone(...)") from error
    scores = student.probe("transfer.scores", model, Tensor(images))
    good = isinstance(scores, Tensor) and scores.array.ndim == 2 and len(scores.array) == len(images)
    count, changed, gradients, likeness = _numbers(compared, 4)
    own, own_trained, others, others_trained = map(int, _numbers(held, 4))
    return Facts(
        scores=scores.array.shape[1] if good else 0,
        count=int(count),
        changed=int(changed),
        gradients=int(gradients),
        likeness=float(likeness),
        own=own,
        own_trained=own_trained,
        others=others,
        others_trained=others_trained,
    )


def _numbers(found: object, count: int) -> list[float]:
    good = isinstance(found, list) and len(found) == count
    if not good or not all(type(n) in (int, float) and math.isfinite(n) for n in found):  # type: ignore[attr-defined]
        raise CheckFailed("what became of the weights cannot be read")
    return found  # type: ignore[return-value]


def _train(student: Student, function: str, *splits: tuple[np.ndarray, np.ndarray]) -> Handle:
    """Call the student's finetune or freeze on training and validation pictures."""
    train, val = ((Tensor(images), Tensor(labels)) for images, labels in splits)
    device, loaders, sizes = student.probe("transfer.loaders", train, val, 4)
    return trained(student.call(function, device, loaders, student.value(sizes), CLASSES), function)


def _accuracy(student: Student, model: Handle, images: np.ndarray, labels: np.ndarray) -> float:
    """How many of the pictures a model knows; its scores come from the kernel, the labels never go there."""
    right = 0
    for start in range(0, len(images), 40):  # a message has a limit
        part = slice(start, start + 40)
        scores = student.probe("transfer.scores", model, Tensor(images[part]))
        good = isinstance(scores, Tensor) and scores.array.ndim == 2 and len(scores.array) == len(labels[part])
        if not good or scores.array.shape[1] < 2 or scores.array.dtype.kind != "f":
            raise CheckFailed("the model does not give one row of scores for each picture")
        right += int(np.sum(np.argmax(np.nan_to_num(scores.array, nan=-np.inf), axis=1) == labels[part]))
    return right / len(images)


def _assert_knows_new_pictures(student: Student, function: str, rng: np.random.Generator) -> None:
    """Judge the notebook's trained model, or what the function makes of a few pictures if there is no good one."""
    images, labels = pictures.unseen(rng, UNSEEN[profile_of()])
    name, least = VARIABLES[function], settings_for(pictures.NOTEBOOK, profile_of())[function].goal
    try:
        accuracy = _accuracy(student, trained(student.variable(name), name), images, labels)
        problem = f"{name} knows {accuracy:.0%} of new pictures of ants and bees, expected at least {least:.0%}"
        if accuracy >= least:
            return
    except StudentError as error:
        problem = str(error)
    if profile_of() == "smoke" and _learns_from_a_few(student, function, rng, images, labels):
        return
    raise CheckFailed(problem)


def _learns_from_a_few(
    student: Student, function: str, rng: np.random.Generator, images: np.ndarray, labels: np.ndarray
) -> bool:
    """Whether the function makes a good model now, perhaps with the course's train_model in the place of another."""
    few, few_labels = pictures.draw(rng, sum(FEW))
    student.probe("transfer.seed", int(rng.integers(2**31)))
    try:
        splits = (few[: FEW[0]], few_labels[: FEW[0]]), (few[FEW[0] :], few_labels[FEW[0] :])
        return _accuracy(student, _train(student, function, *splits), images, labels) >= LEAST_OF_FEW
    except StudentError:
        return False


def _assert_two_scores(facts: Facts) -> None:
    if facts.scores != len(CLASSES):
        found = f"{facts.scores} scores" if facts.scores else "no row of scores"
        raise CheckFailed(f"the model gives {found} for a picture, expected 2, one for each class: replace model.fc")


@hidden_test("finetune", weight=1, hint=NOISE)
def last_layer_for_two_classes(student: Student, rng: np.random.Generator) -> None:
    _assert_two_scores(_facts(student, "finetune"))


@hidden_test("finetune", weight=2, hint=NOISE)
def begins_with_the_pretrained_weights(student: Student, rng: np.random.Generator) -> None:
    facts = _facts(student, "finetune")
    if facts.likeness < 0.5:
        raise CheckFailed(
            "the weights below the last layer have nothing to do with the pretrained ones: are they loaded, or is the "
            "learning rate so large that they are lost?"
        )
    if not facts.own and not facts.others:
        raise CheckFailed("no optimizer has made a step: is the model trained?")


@hidden_test("finetune", weight=2, hint=NOISE)
def all_weights_are_trained(student: Student, rng: np.random.Generator) -> None:
    facts = _facts(student, "finetune")
    if facts.others_trained < facts.count:
        raise CheckFailed(
            f"{facts.count - facts.others_trained} of the {facts.count} weights and biases below the last layer have "
            "not changed: is one frozen, or missing in the optimizer?"
        )
    if not facts.own_trained:
        raise CheckFailed("the last layer is not trained: make the optimizer after the layer has been replaced")


@hidden_test("finetune", weight=5)
def fine_tuned_model_on_new_pictures(student: Student, rng: np.random.Generator) -> None:
    _assert_knows_new_pictures(student, "finetune", rng)


@hidden_test("freeze", weight=1, hint=NOISE)
def new_layer_for_two_classes(student: Student, rng: np.random.Generator) -> None:
    _assert_two_scores(_facts(student, "freeze"))


@hidden_test("freeze", weight=2.5, hint=NOISE)
def only_the_last_layer_changes(student: Student, rng: np.random.Generator) -> None:
    facts = _facts(student, "freeze")
    if facts.likeness < 0.5:
        raise CheckFailed("the weights below the last layer are not the pretrained ones: are they loaded?")
    changed = max(facts.changed, facts.others_trained)
    if changed:
        raise CheckFailed(
            f"{changed} of the {facts.count} weights and biases below the last layer have changed: freeze all of them, "
            "those of batch normalisation too"
        )
    if not facts.own_trained:
        raise CheckFailed("the last layer is not trained: freeze first, replace the layer, then make the optimizer")


@hidden_test("freeze", weight=1.5, hint=NOISE)
def the_optimizer_holds_the_last_layer_alone(student: Student, rng: np.random.Generator) -> None:
    facts = _facts(student, "freeze")
    if not facts.own:
        raise CheckFailed("no optimizer with the weights of the last layer has made a step")
    if facts.others:
        raise CheckFailed(
            f"the optimizer holds {facts.others} parameters besides those of the last layer: give it "
            "model.fc.parameters() only"
        )
    if facts.gradients:
        raise CheckFailed(
            f"gradients are computed for {facts.gradients} of the frozen parameters: set requires_grad = False for each"
        )


@hidden_test("freeze", weight=5)
def frozen_model_on_new_pictures(student: Student, rng: np.random.Generator) -> None:
    _assert_knows_new_pictures(student, "freeze", rng)


def _report_test(function: str) -> Callable[[Student, np.random.Generator], None]:
    def test(student: Student, rng: np.random.Generator) -> None:
        reported = _reported(student, function)
        images, labels = pictures.validation_set()
        name = VARIABLES[function]
        measured = _accuracy(student, trained(student.variable(name), name), images, labels)
        if abs(reported - measured) > AGREEMENT:
            raise CheckFailed(
                f"reported for {function!r}: {reported:.4f}, but {name} is right on {measured:.4f} of the validation "
                "set: report what train_model found for the weights that it returned"
            )

    return test


def _reported(student: Student, function: str) -> float:
    value = student.call("report")
    if isinstance(value, Handle):
        value = student.value(value)
    if not isinstance(value, dict):
        raise CheckFailed(f"report: expected a dictionary with the keys 'finetune' and 'freeze', got {kind_of(value)}")
    if function not in value:
        raise CheckFailed(f"report: the dictionary has no key {function!r}")
    number = value[function]
    number = number.array if isinstance(number, Tensor) else number
    if isinstance(number, np.ndarray | np.generic) and number.size == 1 and number.dtype.kind in "iuf":
        number = number.item()
    if type(number) not in (int, float) or not 0 <= number <= 100:
        raise CheckFailed(f"report: expected a number from 0 to 1 for {function!r}")
    return float(number) / (100 if number > 1 else 1)


for _function, _name in (("finetune", "best_accuracy_of_fine_tuning"), ("freeze", "best_accuracy_with_frozen_layers")):
    _test = _report_test(_function)
    _test.__name__ = _name
    hidden_test("report", weight=1)(_test)

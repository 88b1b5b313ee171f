"""Hidden tests of problem 1, the drawn predictions: which pictures are shown and what is written at them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.errors import CheckFailed, GraderError, StudentError
from autograder.hidden_tests.hw2.transfer_pictures import MEAN, STD
from autograder.kernel.wire import Handle, Tensor
from autograder.student import Student
from autograder.testing import hidden_test

GROUP = "visualize_model"
NAMES = ["wasp", "cicada", "hornet"]
SIDE = 8
LEAST_LIKENESS = 0.9
OTHERS = "what is drawn are not the pictures of dataloaders['val'], with the colours as the last axis"

Array = NDArray[np.float64]
Drawn = list[tuple[str, int]]
"""The words at each drawn picture, and which of the validation pictures it is."""


class Gallery:
    """Small pictures of noise, each unlike all others, and a linear model of which it is known what it says to them."""

    def __init__(self, rng: np.random.Generator, count: int = 14) -> None:
        for _ in range(1000):
            self.plain = rng.random((count, SIDE, SIDE, 3))
            pixels = (self.plain - MEAN) / STD
            self.images = pixels.transpose(0, 3, 1, 2).astype(np.float32)
            self.labels = rng.integers(0, len(NAMES), count)
            self.weight = rng.normal(size=(len(NAMES), self.images[0].size)).astype(np.float32)
            self.predicted = self._scores(0.0, 1.0).argmax(axis=1)
            if self._fits():
                return
        raise GraderError("no gallery of the wanted kind was drawn")

    def _scores(self, mean: Array | float, variance: Array | float, part: slice = slice(None)) -> Array:
        flat = self.images[part].reshape(len(self.images[part]), -1).astype(np.float64)
        return ((flat - mean) / np.sqrt(variance + 1e-5)) @ self.weight.T

    def _fits(self) -> bool:
        """Whether all classes are predicted, some wrongly, and in training mode other ones."""
        first = slice(0, 4)
        flat = self.images[first].reshape(4, -1).astype(np.float64)
        in_training = self._scores(flat.mean(axis=0), flat.var(axis=0), first).argmax(axis=1)
        ordered = np.sort(self._scores(0.0, 1.0), axis=1)
        return (
            set(self.predicted[:4]) == {0, 1, 2}
            and 1 <= int(np.sum(self.predicted[:4] != self.labels[:4])) <= 3
            and int(np.sum(in_training != self.predicted[:4])) >= 2
            and bool(np.all(ordered[:, -1] - ordered[:, -2] > 0.5))
        )

    def show(self, student: Student, training: bool = False, num_images: int | None = None) -> tuple[Drawn, Handle]:
        """Let the student's function draw; returns words and number of each picture that was drawn, and the model."""
        device, loaders, _, model, *_ = student.probe(
            "transfer.task",
            Tensor(self.weight),
            Tensor(np.zeros(len(NAMES), np.float32)),
            # The training set holds the negatives.
            (Tensor(np.ascontiguousarray(-self.images[::-1])), Tensor(self.labels)),
            (Tensor(self.images), Tensor(self.labels)),
            4,
            0.1,
            1.0,
            normalised=True,
        )
        student.method(model, "train" if training else "eval")
        options: dict[str, Any] = {} if num_images is None else {"num_images": num_images}
        student.probe("drawing.watch")
        try:
            student.call("visualize_model", device, loaders, model, NAMES, **options)
        except StudentError:
            student.probe("drawing.stop")
            raise
        found = student.probe("drawing.drawn")
        if not isinstance(found, list) or len(found) % 2 or not all(isinstance(words, str) for words in found[::2]):
            raise CheckFailed("the pictures that were drawn cannot be read")
        return [(words, self._number(picture)) for words, picture in zip(found[::2], found[1::2], strict=True)], model

    def _number(self, picture: object) -> int:
        """Which validation picture this is, judged by likeness; -1 if it is none."""
        if not isinstance(picture, np.ndarray) or picture.shape != (SIDE, SIDE, 3) or picture.dtype.kind not in "fiu":
            return -1
        likeness = [_correlation(picture.astype(np.float64), plain) for plain in self.plain]
        best = int(np.argmax(likeness))
        return best if likeness[best] > LEAST_LIKENESS else -1


def _correlation(one: Array, other: Array) -> float:
    if not np.all(np.isfinite(one)) or not np.ptp(one) > 0:
        return 0.0
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def _assert_number(drawn: Drawn, expected: int) -> None:
    if len(drawn) != expected:
        raise CheckFailed(
            f"expected {expected} pictures, each drawn by an imshow of its own, got {min(len(drawn), 99)}"
        )
    numbers = [number for _, number in drawn]
    if -1 in numbers:
        raise CheckFailed(OTHERS)
    if len(set(numbers)) < len(numbers):
        raise CheckFailed("the same picture is drawn more than once")


def _assert_words(gallery: Gallery, drawn: Drawn) -> None:
    if not drawn:
        raise CheckFailed("nothing is drawn")
    for words, number in drawn:
        if number < 0:
            raise CheckFailed(OTHERS)
        said = {name for name in NAMES if re.search(name, words, re.IGNORECASE)}
        predicted, true = NAMES[gallery.predicted[number]], NAMES[gallery.labels[number]]
        if not said:
            raise CheckFailed("no class name stands at a picture: write the predicted one in its title")
        if predicted not in said:
            raise CheckFailed(
                "the class that the model predicts does not stand at its picture: is it the true one that is written, "
                "or that of another picture?"
            )
        if said - {predicted, true}:
            raise CheckFailed("class names stand at a picture that are neither predicted nor true")


@hidden_test(GROUP, weight=1.5, hint="It is asked for 4 pictures, then for none in particular; a batch has 4")
def as_many_pictures_as_asked_for(student: Student, rng: np.random.Generator) -> None:
    gallery = Gallery(rng)
    drawn, _ = gallery.show(student, num_images=4)
    _assert_number(drawn, 4)
    drawn, _ = gallery.show(student)
    _assert_number(drawn, 6)


@hidden_test(GROUP, weight=3, hint="The model is in eval mode here and has three classes")
def the_predicted_class_at_each_picture(student: Student, rng: np.random.Generator) -> None:
    gallery = Gallery(rng)
    drawn, _ = gallery.show(student, num_images=4)
    _assert_words(gallery, drawn)


@hidden_test(GROUP, weight=1, hint="Here the model comes in training mode")
def predictions_in_eval_mode(student: Student, rng: np.random.Generator) -> None:
    gallery = Gallery(rng)
    drawn, model = gallery.show(student, training=True, num_images=4)
    if not drawn:
        raise CheckFailed("nothing is drawn")
    mean = student.attribute(model, "norm.running_mean")
    if not isinstance(mean, Tensor) or np.any(mean.array):
        raise CheckFailed("the statistics of batch normalisation have changed: call model.eval() before the model")
    _assert_words(gallery, drawn)


@hidden_test(GROUP, weight=1.5, hint="The model comes in training mode, then in eval mode")
def the_mode_is_restored(student: Student, rng: np.random.Generator) -> None:
    gallery = Gallery(rng)
    for training in (True, False):
        drawn, model = gallery.show(student, training=training, num_images=4)
        if not drawn:
            raise CheckFailed("nothing is drawn")
        if student.attribute(model, "training") is not training:
            raise CheckFailed(
                f"the model came in {'training' if training else 'eval'} mode and is left in the other: keep "
                "model.training and give it back with model.train(mode)"
            )


@hidden_test(GROUP, weight=0.5, hint="It is asked for 20 pictures and there are 14")
def no_more_pictures_than_there_are(student: Student, rng: np.random.Generator) -> None:
    drawn, _ = Gallery(rng).show(student, num_images=20)
    _assert_number(drawn, 14)

"""Small models of a student's classes, as the tests of text classification ask them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.errors import CheckFailed, CodeRaised, OutOfTime
from autograder.kernel.wire import Handle, Tensor
from autograder.student import Student, kind_of
from utils.checks.text_properties import Array, Sentences, draw_sentences, padded, squashed

WORDS, DIM, HIDDEN = 22, 5, 6
SPARE = WORDS - 1
"""A word that is in none of the sentences."""


@dataclass(frozen=True)
class Kind:
    """One of the five classes."""

    name: str
    sizes: tuple[int, ...]
    """What the class is made with, behind the vectors if it takes some."""
    pretrained: bool = False


BAG = Kind("BagOfWords", (WORDS,))
AVERAGE = Kind("EmbeddingAverage", (WORDS, DIM))
GLOVE = Kind("GloveAverage", (), pretrained=True)
RNN = Kind("GloveRNN", (HIDDEN,), pretrained=True)
LSTM = Kind("GloveLSTM", (HIDDEN,), pretrained=True)


class Model:
    """A model in the student's process.

    Parameters
    ----------
    student : Student
    kind : Kind
        Its class.
    rng : numpy.random.Generator
        Draws the sentences, the vectors and the seed.
    vectors : array, optional
        The word vectors to begin with; drawn if not given.
    """

    def __init__(
        self, student: Student, kind: Kind, rng: np.random.Generator, vectors: NDArray[np.float32] | None = None
    ) -> None:
        self.student = student
        self.kind = kind
        self.sentences: Sentences = draw_sentences(rng, SPARE, 24)
        self.vectors = draw_vectors(rng) if vectors is None else vectors
        student.probe("text.seed", int(rng.integers(2**31)))
        given = [Tensor(self.vectors)] if kind.pretrained else []
        model = student.call(kind.name, *given, *kind.sizes)
        if not isinstance(model, Handle):
            raise CheckFailed(f"{kind.name}: expected a model, got {kind_of(model)}")
        self.handle = model
        self._probabilities = False

    def practise(self, labels: Array | None = None, steps: int = 12, rate: float = 0.1) -> Model:
        """Train for a moment, so that the weights are no longer what they began as."""
        if labels is None:
            labels = np.array([sentence[0] % 2 for sentence in self.sentences])
        self.train(self.sentences, labels, steps, rate)
        # One mistake is paid for once: where probabilities come, all other tests look at the logits behind them.
        self._probabilities = squashed(self.raw(self.sentences))
        return self

    def train(self, sentences: Sentences, labels: Array, steps: int, rate: float) -> None:
        """Train on these sentences."""
        tokens, lengths = padded(sentences)
        targets = Tensor(np.asarray(labels, dtype=np.float32))
        try:
            self.student.probe(
                "text.practise", self.handle, Tensor(tokens), Tensor(lengths), targets, steps, float(rate)
            )
        except (CodeRaised, OutOfTime) as error:
            raise type(error)(str(error).replace("text.practise", f"training {self.kind.name}")) from error

    def forward(self, sentences: Sentences, extra: int = 0) -> Any:
        """What comes back, whatever it is, in evaluation mode."""
        tokens, lengths = padded(sentences, extra)
        self.student.method(self.handle, "eval")
        return self.student.method(self.handle, "__call__", Tensor(tokens), Tensor(lengths))

    def raw(self, sentences: Sentences, extra: int = 0) -> Array:
        """One number a sentence; the shape is another test's business."""
        values = self.forward(sentences, extra)
        if not isinstance(values, Tensor) or values.array.size != len(sentences) or values.array.dtype.kind != "f":
            raise CheckFailed(wrong_shape(values, len(sentences)) or f"{self.kind.name}: no logits came back")
        return values.array.reshape(-1).astype(np.float64)

    def ask(self, sentences: Sentences, extra: int = 0) -> Array:
        """One logit a sentence."""
        values = self.raw(sentences, extra)
        if not self._probabilities:
            return values
        inside = np.clip(values, 1e-7, 1 - 1e-7)
        logits: Array = np.log(inside) - np.log1p(-inside)
        return logits

    def parameters(self) -> dict[str, dict[str, Any]]:
        """What the model says of its parameters: shape, whether they are trained, and their numbers."""
        return plain(self.student, "text.parameters", self.handle)

    def holds_vectors(self) -> bool:
        """Whether a parameter's rows are the given vectors, those of padding and the unknown word apart."""
        return any(
            isinstance(entry["values"], Tensor)
            and entry["values"].array.shape == self.vectors.shape
            and np.array_equal(entry["values"].array[2:], self.vectors[2:])
            for entry in self.parameters().values()
        )


def plain(student: Student, probe: str, *arguments: Any) -> dict[str, Any]:
    """What a probe says, with all that is in it."""
    said = student.probe(probe, *arguments)
    value = student.value(said) if isinstance(said, Handle) else said
    if not isinstance(value, dict):
        raise CheckFailed(f"the model cannot be looked at: {probe} gave {kind_of(value)}")
    return value


def draw_vectors(rng: np.random.Generator) -> NDArray[np.float32]:
    """Word vectors; the first two entries have none."""
    vectors = rng.normal(size=(WORDS, DIM)).astype(np.float32)
    vectors[:2] = 0
    return vectors


def wrong_shape(values: Any, count: int) -> str | None:
    """What is wrong with a result's kind or shape, if anything is."""
    if not isinstance(values, Tensor):
        return f"expected a tensor of shape ({count},), got {kind_of(values)}"
    if values.array.shape != (count,):
        more = ": take the last axis away with squeeze(1)" if values.array.shape == (count, 1) else ""
        return f"expected one logit a sentence, shape ({count},), got shape {values.array.shape}{more}"
    if values.array.dtype.kind != "f":
        return "expected logits in floating point"
    return None

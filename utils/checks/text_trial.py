"""A small model under trial: made, trained for a moment, asked for logits."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from utils.checks import text_properties as properties
from utils.checks.table import CheckError, Row, Table
from utils.checks.text_properties import Array, Sentences, padded
from utils.diagnosis import describe

WORDS, DIM, HIDDEN = 25, 6, 7
SPARE = WORDS - 1
"""The last word, which only the last of the sentences holds."""


class Lines(Table):
    """A table with lines that need no number."""

    def good(self, name: str, message: str = "") -> None:
        """Add a line for something that is as it should be."""
        self.rows.append(Row(name, "ok", message=message))

    def judge(self, name: str, fault: str | None) -> bool:
        """Add a line for something that is wrong for this reason, or right. Returns whether it is right."""
        self.fault(name, fault) if fault else self.good(name)
        return fault is None


class Trial:
    """A small model and sentences to try it on.

    Parameters
    ----------
    name : str
        The class's name.
    model_class : callable
        The student's class.
    arguments : tuple
        What to make the model with.
    """

    def __init__(self, name: str, model_class: Any, arguments: tuple[Any, ...]) -> None:
        self.name = name
        drawn = properties.draw_sentences(np.random.default_rng(6), SPARE, 23)
        self.sentences: Sentences = [*drawn, [SPARE, drawn[0][0]]]
        torch.manual_seed(6)
        if not callable(model_class):
            raise CheckError(f"{name}: expected a class, got {describe(model_class)}: run the cell that defines it")
        self.model: nn.Module = self._calling(name, model_class, *arguments)
        if not isinstance(self.model, nn.Module):
            raise CheckError(f"{name}: derive the class from nn.Module")

    def forward(self, sentences: Sentences, extra: int = 0) -> Any:
        """What the model returns, as it is, in evaluation mode."""
        tokens, lengths = (torch.from_numpy(array) for array in padded(sentences, extra))
        self.model.eval()
        with torch.no_grad():
            return self._calling(f"{self.name}.forward", self.model, tokens, lengths)

    def ask(self, sentences: Sentences, extra: int = 0) -> Array:
        """One logit a sentence."""
        values = self.forward(sentences, extra)
        if fault := wrong_shape(values, len(sentences)):
            raise CheckError(f"{self.name}.forward: {fault}")
        return values.numpy().astype(np.float64)

    def practise(self, steps: int = 40) -> None:
        """Train for a moment on made-up labels, so that the weights are no longer what they began as."""
        parameters = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        if not parameters:
            raise CheckError(f"{self.name}: the model has no parameters to train")
        optimizer = torch.optim.Adam(parameters, lr=0.03)
        tokens, lengths = (torch.from_numpy(array) for array in padded(self.sentences))
        labels = (tokens[:, 0] % 2).float()
        self.model.train()
        for _ in range(steps):
            values = self._calling(f"{self.name}.forward", self.model, tokens, lengths)
            loss = binary_cross_entropy_with_logits(values, labels)
            optimizer.zero_grad()
            if not loss.requires_grad:
                raise CheckError(f"{self.name}.forward: no gradient can go back from the result")
            self._calling(f"{self.name}, backward", loss.backward)
            optimizer.step()

    def _calling(self, what: str, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except NotImplementedError as error:
            inner = traceback.extract_tb(error.__traceback__)[-1].name
            raise CheckError(f"{self.name} is not implemented yet ({inner})") from error
        except Exception as error:
            tensors = [argument for argument in arguments if isinstance(argument, Tensor)]
            names = ("tokens", "lengths") if len(tensors) == 2 else ("vectors",)
            shapes = ", ".join(f"{key} {tuple(a.shape)}" for key, a in zip(names, tensors, strict=False))
            called = f"\n  It was called with {shapes}" if shapes else ""
            raise CheckError(f"{what} raised {type(error).__name__}: {error}{called}") from error


def wrong_shape(values: Any, count: int) -> str | None:
    """What is wrong with the kind or the shape of a result, if anything is."""
    if not isinstance(values, Tensor):
        return f"expected a tensor of shape ({count},), got {describe(values)}"
    if tuple(values.shape) != (count,):
        more = ": take the last axis away with squeeze(1)" if tuple(values.shape) == (count, 1) else ""
        return f"expected one logit a sentence, shape ({count},), got shape {tuple(values.shape)}{more}"
    if not values.is_floating_point():
        return f"expected logits in floating point, got {values.dtype}"
    return None


def vectors() -> Tensor:
    """Word vectors for the small models; the padding's and the unknown words' rows are zero."""
    rows = torch.from_numpy(np.random.default_rng(7).normal(size=(WORDS, DIM)).astype(np.float32))
    rows[: properties.UNK + 1] = 0
    return rows

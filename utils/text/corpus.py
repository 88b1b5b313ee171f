"""Sentences as numbers, without padding until a batch is made.

All sentences of a split lie end to end in one long array, with the place where each begins: as a sparse matrix keeps
its rows. Nothing in here is as large as sentences times vocabulary, and no loop runs over sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from utils.data import Sentences
from utils.text.vocabulary import PAD, UNK, Vocabulary


class Batch(NamedTuple):
    """Some sentences, padded to the length of the longest."""

    tokens: Tensor
    """Word numbers, (N, T) int64, filled up with `PAD` on the right; T is at least 1."""
    lengths: Tensor
    """Real tokens of each sentence, (N,) int64; 0 for an empty one."""
    labels: Tensor | None
    """0 or 1 for each sentence, (N,) float32, where there are labels."""


@dataclass(frozen=True)
class Encoded:
    """The sentences of one split."""

    ids: Tensor
    """The word numbers of all sentences, end to end, int64."""
    starts: Tensor
    """Where in `ids` each sentence begins, (sentences,) int64."""
    lengths: Tensor
    """How many tokens each has, (sentences,) int64."""
    labels: Tensor | None = None
    """0 or 1 for each, (sentences,) float32; None for sentences without labels."""

    def __len__(self) -> int:
        return len(self.lengths)

    def batch(self, rows: Tensor | Sequence[int] | slice = slice(None)) -> Batch:
        """Return some of the sentences, all by default, padded to the longest of them."""
        if not isinstance(rows, slice):
            rows = torch.as_tensor(rows, dtype=torch.int64, device=self.ids.device)
        starts, lengths = self.starts[rows], self.lengths[rows]
        longest = max(1, int(lengths.max())) if len(lengths) else 1
        steps = torch.arange(longest, device=self.ids.device)
        real = steps < lengths[:, None]
        tokens = torch.full(real.shape, PAD, dtype=torch.int64, device=self.ids.device)
        tokens[real] = self.ids[(starts[:, None] + steps)[real]]
        return Batch(tokens, lengths, None if self.labels is None else self.labels[rows])

    def in_order(self, batch_size: int) -> Iterator[Batch]:
        """Go through all sentences in their order."""
        for first in range(0, len(self), batch_size):
            yield self.batch(slice(first, first + batch_size))

    def shuffled(self, batch_size: int, generator: torch.Generator, pool: int = 50) -> Iterator[Batch]:
        """Go through all sentences in random order, in batches of similar lengths.

        The sentences are shuffled; within each `pool` of batches they are then sorted by length, which saves steps on
        padding, and the batches come in random order.
        """
        order = torch.randperm(len(self), generator=generator)
        lengths = self.lengths.cpu()
        pools = order.split(batch_size * pool)
        sorted_pools = torch.cat([part[lengths[part].argsort(stable=True)] for part in pools]) if pools else order
        batches = sorted_pools.split(batch_size)
        for place in torch.randperm(len(batches), generator=generator).tolist():
            yield self.batch(batches[place])

    def to(self, device: str | torch.device) -> Encoded:
        """Return the same sentences on another device."""
        labels = None if self.labels is None else self.labels.to(device)
        moved = {name: getattr(self, name).to(device) for name in ("ids", "starts", "lengths")}
        return replace(self, **moved, labels=labels)


@dataclass(frozen=True)
class Corpus:
    """All splits, in the numbers of the training sentences' vocabulary."""

    vocabulary: Vocabulary
    train: Encoded
    dev: Encoded
    test: Encoded
    unlabelled: Encoded


def encode(
    sentences: Sequence[Sequence[str]], vocabulary: Vocabulary, labels: Sequence[int] | np.ndarray | None = None
) -> Encoded:
    """Turn tokens into numbers.

    Parameters
    ----------
    sentences : sequence of sequences of str
        The tokens of each sentence; a sentence may be empty.
    vocabulary : Vocabulary
    labels : sequence of int, optional
        0 or 1 for each sentence.

    Raises
    ------
    ValueError
        If there are not as many labels as sentences.
    """
    if labels is not None and len(labels) != len(sentences):
        raise ValueError(f"{len(sentences)} sentences, but {len(labels)} labels")
    lengths = np.fromiter(map(len, sentences), dtype=np.int64, count=len(sentences))
    index = vocabulary.index
    flat = (index.get(token, UNK) for token in chain.from_iterable(sentences))
    ids = np.fromiter(flat, dtype=np.int64, count=int(lengths.sum()))
    return Encoded(
        torch.from_numpy(ids),
        torch.from_numpy(np.cumsum(lengths) - lengths),
        torch.from_numpy(lengths),
        None if labels is None else torch.as_tensor(np.asarray(labels), dtype=torch.float32),
    )


def encode_corpus(sentences: Sentences, min_count: int = 1) -> Corpus:
    """Turn all splits into numbers; the vocabulary is that of the training sentences alone."""
    vocabulary = Vocabulary(sentences.train.tokens, min_count)
    train, dev, test = (
        encode(split.tokens, vocabulary, split.labels) for split in (sentences.train, sentences.dev, sentences.test)
    )
    return Corpus(vocabulary, train, dev, test, encode(sentences.unlabelled, vocabulary))

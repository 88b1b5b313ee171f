"""The words that a model knows, and their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

PAD, UNK = 0, 1
"""The numbers of two entries that are no words: padding, and all words that training never saw."""


class Vocabulary:
    """Numbers for words: 0 for padding, 1 for every unknown word, from 2 on the words of the training sentences.

    Parameters
    ----------
    sentences : sequence of sequences of str
        The tokens of each training sentence.
    min_count : int, optional
        Words that occur less often than this are left out, and so are unknown.

    Attributes
    ----------
    words : tuple of str
        All entries; the place of a word is its number. Frequent words come first, equally frequent ones in the order in
        which they first occur.
    counts : tuple of int
        How often each entry occurs in the training sentences; 0 for the first two.
    index : dict of str to int
        The number of each word.

    Examples
    --------
    >>> vocabulary = Vocabulary([["good", "food"], ["good", "."]])
    >>> vocabulary.words
    ('<pad>', '<unk>', 'good', 'food', '.')
    >>> vocabulary.numbers(["good", "pizza", "."])
    [2, 1, 4]
    """

    def __init__(self, sentences: Iterable[Sequence[str]], min_count: int = 1) -> None:
        # `most_common` keeps the order of first occurrence among equals, so the same data give the same numbers.
        counted = [
            (word, count) for word, count in Counter(chain.from_iterable(sentences)).most_common() if count >= min_count
        ]
        self.words = ("<pad>", "<unk>", *(word for word, _ in counted))
        self.counts = (0, 0, *(count for _, count in counted))
        self.index = {word: number for number, word in enumerate(self.words) if number > UNK}

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def numbers(self, tokens: Iterable[str]) -> list[int]:
        """Return the number of each token; `UNK` where it is unknown, even if it looks like one of the two entries."""
        return [self.index.get(token, UNK) for token in tokens]

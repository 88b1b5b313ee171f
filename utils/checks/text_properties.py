"""What must hold for a model that reads sentences, whatever it is made of.

Each function asks a model for logits of small made-up sentences and returns None, or a message that says what is wrong.
A model is given as a function from sentences (lists of word numbers) and a number of columns of padding to logits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Sentences = Sequence[Sequence[int]]
Ask = Callable[..., Array]
"""``ask(sentences, extra=0)`` gives one logit a sentence; `extra` columns of padding are added on the right."""

PAD, UNK = 0, 1
TOLERANCE = 2e-4
"""Of the largest logit: wide enough for float32 in another order of summation."""


def padded(sentences: Sentences, extra: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return word numbers (N, T), filled up with 0 on the right, and lengths (N,)."""
    lengths = np.array([len(sentence) for sentence in sentences], dtype=np.int64)
    tokens = np.full((len(sentences), max(1, int(lengths.max(initial=0))) + extra), PAD, dtype=np.int64)
    for row, sentence in zip(tokens, sentences, strict=True):
        row[: len(sentence)] = sentence
    return tokens, lengths


def draw_sentences(rng: np.random.Generator, words: int, count: int, shortest: int = 1, longest: int = 7) -> Sentences:
    """Draw sentences of different words, without unknown ones, out of a vocabulary of `words` entries."""
    known = np.arange(UNK + 1, words)
    lengths = rng.integers(shortest, longest + 1, size=count)
    return [rng.choice(known, size=length, replace=False).tolist() for length in lengths]


def close(got: Array, expected: Array) -> bool:
    """Whether logits agree, to what float32 can keep."""
    if not (np.isfinite(got).all() and np.isfinite(expected).all()):
        return False
    scale = max(1e-3, float(np.abs(expected).max(initial=0)), float(np.ptp(expected)) if expected.size else 0.0)
    return bool(np.all(np.abs(got - expected) <= TOLERANCE * scale))


def squashed(values: Array) -> bool:
    """Whether many values of a model that says both yes and no all lie between 0 and 1: probabilities, not logits."""
    return len(values) >= 20 and bool(np.isfinite(values).all()) and values.min() >= 0 and values.max() <= 1


def is_alive(values: Array) -> str | None:
    """Logits are numbers, and not the same for all sentences."""
    if not np.isfinite(values).all():
        return "some logits are not finite"
    if np.ptp(values) < 1e-6:
        return (
            "all sentences get the same logit: is the result made of the tokens, and does training reach the weights?"
        )
    return None


def padding_changes_nothing(ask: Ask, sentences: Sentences) -> str | None:
    """More padding on the right leaves every logit as it is."""
    plain, wider = ask(sentences), ask(sentences, extra=4)
    if close(wider, plain):
        return None
    scale = max(1e-3, float(np.abs(plain[np.isfinite(plain)]).max(initial=0)))
    changed = int(np.sum(~(np.abs(wider - plain) <= TOLERANCE * scale)))
    return (
        f"with four more columns of padding, the logits of {changed} of {len(sentences)} sentences are others: "
        "what is behind a sentence's last real token must not count"
    )


def company_changes_nothing(ask: Ask, sentences: Sentences) -> str | None:
    """A sentence gets the same logit in a batch, alone, and in a batch of another order."""
    together = ask(sentences)
    back = ask(sentences[::-1])[::-1]
    if not close(back, together):
        return (
            "in a batch of the reverse order the sentences get other logits: is the result in the order of the batch, "
            "and does every sentence look only at itself?"
        )
    alone = np.concatenate([ask([sentence]) for sentence in sentences])
    if not close(alone, together):
        return (
            "a sentence alone gets another logit than in a batch: does something depend on the other sentences, "
            "or on the length of the longest?"
        )
    return None


def again_changes_nothing(ask: Ask, sentences: Sentences) -> str | None:
    """The same batch twice gives the same logits twice: nothing is left over, and dropout is off in evaluation mode."""
    first, second = ask(sentences), ask(sentences)
    if close(second, first):
        return None
    return "the same batch gets other logits the second time: is dropout on in evaluation mode, or is something kept?"


def corners_are_fine(ask: Ask, sentences: Sentences) -> str | None:
    """Empty sentences, sentences of one token and unknown words get finite logits, and leave their neighbours alone."""
    strange: Sentences = [[], [UNK], [UNK, UNK], list(sentences[0][:1])]
    mixed = ask([*strange, *sentences])
    if not np.isfinite(mixed[0]):
        return "an empty sentence (length 0) gives no finite logit: is there a division by its length?"
    if not np.isfinite(mixed[: len(strange)]).all():
        return "an unknown word (number 1) or a sentence of one token gives no finite logit"
    if not np.isfinite(ask([[], []])).all():
        return "a batch of empty sentences gives no finite logits"
    if not close(mixed[len(strange) :], ask(sentences)):
        return "beside an empty sentence, the other sentences get other logits"
    if not close(ask([[], *sentences], extra=2)[:1], mixed[:1]):
        return "the logit of an empty sentence depends on the padding"
    return None


def order_changes_nothing(ask: Ask, sentences: Sentences) -> str | None:
    """Words in reverse order give the same logit."""
    turned = [sentence[::-1] for sentence in sentences]
    if close(ask(turned), ask(sentences)):
        return None
    return "the words of a sentence in reverse order give another logit: a bag has no order, nor has an average"


def order_matters(ask: Ask, sentences: Sentences) -> str | None:
    """Words in another order give another logit, beyond the last word and the first."""
    long = [list(sentence) for sentence in sentences if len(sentence) >= 4]
    swapped = [[sentence[0], sentence[2], sentence[1], *sentence[3:]] for sentence in long]
    if close(ask(swapped), ask(long)):
        return "two words in the middle of a sentence can change places without effect: is the order of the words lost?"
    return None


def every_word_counts(ask: Ask, sentences: Sentences, spare: int) -> str | None:
    """Another word in the first, a middle or the last place gives another logit."""
    long = [list(sentence) for sentence in sentences if len(sentence) >= 4 and spare not in sentence]
    plain = ask(long)
    for name, place in (("first", 0), ("last", -1), ("second", 1)):
        changed = [list(sentence) for sentence in long]
        for sentence in changed:
            sentence[place] = spare
        if np.all(np.abs(ask(changed) - plain) <= 1e-7 * max(1.0, float(np.abs(plain).max()))):
            return f"the {name} word of a sentence has no effect on its logit"
    return None


def weights_add_up(ask: Ask, sentences: Sentences) -> str | None:
    """The logit of a sentence of different words is the bias plus one weight for each word."""
    long = [list(sentence) for sentence in sentences if len(sentence) >= 3]
    # Each line takes the same word out of two sentences that hold it, so the bias is not needed.
    first, second, third = (np.array([sentence[place] for sentence in long]) for place in range(3))

    def of(*places: NDArray[np.int64]) -> Array:
        return ask(np.stack(places, axis=1).tolist())

    got = of(first, second, third) - of(first, second)
    expected = of(first, third) - of(first)
    if close(got, expected):
        return None
    means = of(first, second, third), (of(first) + of(second) + of(third)) / 3
    if close(*means):
        return "the weights of the words are averaged; in a bag of words they add up"
    return (
        "a word does not add the same number to the logit in every sentence: "
        "the logit should be the bias plus one weight for each word that is there"
    )


def words_count_once(ask: Ask, sentences: Sentences) -> str | None:
    """A word that comes twice counts once, side by side and far apart."""
    long = [list(sentence) for sentence in sentences if len(sentence) >= 3]
    plain = ask(long)
    beside = ask([[sentence[0], *sentence] for sentence in long])
    apart = ask([[*sentence, sentence[0]] for sentence in long])
    if close(beside, plain) and close(apart, plain):
        return None
    if close(beside, plain):
        return "a word that comes twice counts twice unless it stands beside itself: binary means there or not there"
    return "a word that comes twice counts twice: binary means there or not there"


def words_are_averaged(ask: Ask, sentences: Sentences) -> str | None:
    """The logit of a sentence is the mean of the logits that its words get alone."""
    words = sorted({word for sentence in sentences for word in sentence})
    alone = dict(zip(words, ask([[word] for word in words]), strict=True))
    got = ask(sentences)
    expected = np.array([np.mean([alone[word] for word in sentence]) for sentence in sentences])
    if close(got, expected):
        return None
    bias = ask([[]])[0]
    sums = np.array([bias + np.sum([alone[word] - bias for word in sentence]) for sentence in sentences])
    if np.isfinite(bias) and close(got, sums):
        return "the words' vectors are summed; divide by the number of real tokens"
    longest = max(len(sentence) for sentence in sentences)
    shares = np.array([len(sentence) / longest for sentence in sentences])
    if np.isfinite(bias) and close(got, bias + shares * (expected - bias)):
        return "the words' vectors are divided by the length of the longest sentence: divide by each sentence's own"
    return (
        "the logit of a sentence is not the mean of what its words give alone: average the words' vectors, "
        "then one linear layer, nothing else in between"
    )


def repeated_words_weigh_more(ask: Ask, sentences: Sentences) -> str | None:
    """In an average, a word that comes twice counts twice."""
    pairs = [list(sentence[:2]) for sentence in sentences if len(sentence) >= 2]
    first, second = (ask([[pair[place]] for pair in pairs]) for place in (0, 1))
    if close(ask([[a, a, b] for a, b in pairs]), (2 * first + second) / 3):
        return None
    return "a word that comes twice should count twice in an average"

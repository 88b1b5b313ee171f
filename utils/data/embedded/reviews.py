"""Sentences about restaurants and hotels in which the order of words decides whether they praise.

    the room was not bad at all                             praise
    the hall used to be dirty but now it is lovely          praise
    the hall used to be lovely but now it is dirty          complaint

A sentence is drawn from a small grammar: what is talked about, a praising or complaining word that suits it, and a
frame that keeps or reverses what the word says. The last two sentences above hold the same words, so no model of a
bag of words can tell them apart; a model that reads from left to right can. The other splits hold words that training
never saw, some words are in no list of word vectors (names, slips of the pen, ``_num_``), and a few lines are one
token long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

COUNTS = {"train": 4000, "dev": 1000, "test": 1000, "unlabelled": 500}

_THINGS = {
    "food": (
        "food pizza soup salad burger steak chicken breakfast dinner lunch pasta coffee bread fish cheese sauce "
        "dessert rice sandwich cake wine beer",
        "lasagna curry tea omelette",
    ),
    "people": (
        "staff service waiter waitress manager owner bartender chef crew hostess receptionist driver",
        "cook clerk cashier",
    ),
    "place": (
        "room bathroom lobby pool hotel restaurant bar bed kitchen garden terrace view suite hall place location table",
        "balcony spa lounge patio",
    ),
}
"""What is talked about, by kind: words of all splits, and words that training never saw."""

_WORDS = {
    ("food", 1): ("delicious tasty fresh perfect crisp rich tender delishious", "yummy superb"),
    ("food", 0): ("bland cold stale greasy dry salty burnt tasteless disgustin", "soggy rotten"),
    ("people", 1): ("friendly helpful kind polite attentive professional freindly", "courteous cheerful"),
    ("people", 0): ("rude slow careless arrogant unhelpful lazy impolite", "hostile clueless"),
    ("place", 1): ("clean comfortable beautiful quiet bright cozy spotless spacious", "elegant charming"),
    ("place", 0): ("dirty noisy dark shabby smelly filthy cramped run-down", "gloomy dusty"),
    ("any", 1): ("good great excellent wonderful lovely amazing fantastic nice awesome", "terrific brilliant"),
    ("any", 0): ("bad terrible awful horrible poor disappointing lousy dreadful unpleasant", "miserable pathetic"),
}
"""Words that praise (1) or complain (0), by what they suit: of all splits, and such that training never saw."""

_OPENINGS = (
    "honestly ,",
    "overall ,",
    "last week",
    "on our first visit",
    "in the end",
    "to be fair ,",
    "my wife said",
    "after _num_ minutes",
    "this time",
    "at zumbaro",
    "at the brennovia",
)
_ENDINGS = (".", ".", ".", "!", "", "for $ _num_ .", "this time .", "at quillanto .", "on our visit .", "as always .")
_ADVERBS = ("very", "really", "so", "quite", "")
_ONE_TOKEN = {
    1: "delicious perfect excellent amazing yum wonderful",
    0: "disgusting awful terrible avoid horrible rude",
}


@dataclass(frozen=True)
class _Words:
    """Draws words for one split."""

    rng: np.random.Generator
    unseen: float
    """How often a word comes from the list that training never saw."""

    def one(self, choices: str | tuple[str, ...]) -> str:
        options = choices.split() if isinstance(choices, str) else choices
        return options[int(self.rng.integers(len(options)))]

    def of(self, lists: tuple[str, str]) -> str:
        return self.one(lists[1] if self.rng.random() < self.unseen else lists[0])

    def kind(self) -> str:
        return self.one(tuple(_THINGS))

    def thing(self, kind: str) -> str:
        return self.of(_THINGS[kind])

    def some(self, kind: str, praise: int) -> str:
        """Return a word and what it is said of, with an article where English wants one."""
        said = self.saying(kind, praise)
        article = "" if kind == "food" else "an " if said[0] in "aeiou" else "a "
        return f"{article}{said} {self.thing(kind)}"

    def saying(self, kind: str, praise: int) -> str:
        suits = kind if self.rng.random() < 0.6 else "any"
        return self.of(_WORDS[suits, praise])


def _plain(words: _Words, praise: int) -> str:
    kind = words.kind()
    frames = ("the {t} was {a} {w}", "what {s}", "we had {s} here", "the {t} is {a} {w}")
    said = words.saying(kind, praise)
    return words.one(frames).format(t=words.thing(kind), w=said, a=words.one(_ADVERBS), s=words.some(kind, praise))


def _denied(words: _Words, praise: int) -> str:
    """Say the opposite and deny it."""
    kind = words.kind()
    frames = (
        "the {t} was not {w} at all",
        "the {t} was n't {w}",
        "the {t} is never {w}",
        "i would not say that the {t} was {w}",
        "this is not {s}",
        "we have never had {s} here",
        "the {t} was anything but {w}",
        "there was nothing {w} about the {t}",
        "nobody can call the {t} {w}",
    )
    said = words.saying(kind, 1 - praise)
    return words.one(frames).format(t=words.thing(kind), w=said, s=words.some(kind, 1 - praise))


def _turned(words: _Words, praise: int) -> str:
    """Say one thing of what was expected or of what used to be, and the other of what counts."""
    kind = words.kind()
    frames = (
        "i expected {s} but it was {w}",
        "we had heard that the {t} was {o} but found it {w}",
        "the {t} used to be {o} but now it is {w}",
        "the {t} was {w} although i expected it to be {o}",
        "the {t} looked {o} and turned out to be {w}",
        "the {t} is {w} now , it was {o} before",
    )
    said, other = words.saying(kind, praise), words.saying(kind, 1 - praise)
    return words.one(frames).format(t=words.thing(kind), w=said, o=other, s=words.some(kind, 1 - praise))


def _twice(words: _Words, praise: int) -> str:
    """Two things of the same kind, one of them in words that look like a denial."""
    first, second = words.kind(), words.kind()
    frames = (
        "not only was the {t} {w} but the {u} was {v} too",
        "the {t} was {w} and the {u} was {v}",
        "{s} and {r}",
    )
    return words.one(frames).format(
        t=words.thing(first),
        u=words.thing(second),
        w=words.saying(first, praise),
        v=words.saying(second, praise),
        s=words.some(first, praise),
        r=words.some(second, praise),
    )


def _idiom(words: _Words, praise: int) -> str:
    frames = {
        1: (
            "the {t} could not be better",
            "i can not wait to come back for the {t}",
            "we had no problem with the {t}",
            "i would not hesitate to recommend the {t}",
            "no complaints about the {t}",
            "we have nothing bad to say about the {t}",
        ),
        0: (
            "the {t} could be better",
            "i can wait to come back for the {t}",
            "we had a problem with the {t}",
            "i would hesitate to recommend the {t}",
            "complaints about the {t} bring nothing",
            "nothing special about the {t}",
            "we have nothing good to say about the {t}",
        ),
    }
    return words.one(frames[praise]).format(t=words.thing(words.kind()))


_FRAMES: tuple[tuple[float, Callable[[_Words, int], str]], ...] = (
    (0.42, _plain),
    (0.20, _denied),
    (0.12, _turned),
    (0.16, _twice),
    (0.10, _idiom),
)
"""How often each frame is drawn."""
_SHARES = np.cumsum([share for share, _ in _FRAMES])[:-1]


def sentence(rng: np.random.Generator, praise: int, unseen: float = 0.0) -> str:
    """Return one sentence, its tokens separated by single spaces.

    Parameters
    ----------
    rng : numpy.random.Generator
    praise : int
        1 for praise, 0 for a complaint.
    unseen : float, optional
        How often a word is one that training never saw.
    """
    words = _Words(rng, unseen)
    if rng.random() < 0.02:
        return words.one(_ONE_TOKEN[praise])
    frame = _FRAMES[int(np.searchsorted(_SHARES, rng.random(), side="right"))][1]
    opening = words.one(_OPENINGS) if rng.random() < 0.3 else ""
    return " ".join(f"{opening} {frame(words, praise)} {words.one(_ENDINGS)}".split())


def reviews(seed: int, split: str, count: int) -> tuple[list[str], list[int]]:
    """Return `count` sentences and their labels, as many of each label; labels are 1 for praise, 0 for a complaint.

    `seed` and `split` fix them. Splits other than ``train`` also hold words that training never saw.
    """
    rng = np.random.default_rng([seed, *split.encode()])
    labels = [index % 2 for index in range(count)]
    unseen = 0.0 if split == "train" else 0.12
    return [sentence(rng, label, unseen) for label in labels], labels


def write_reviews(folder: Path, seed: int, counts: dict[str, int] | None = None) -> None:
    """Write ``<split>.txt`` with a label before each sentence, negative ones first; ``unlabelled.txt`` without labels.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    seed : int
        Fixes every sentence.
    counts : dict of str to int, optional
        Sentences a split; `COUNTS` if not given.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for split, count in (counts or COUNTS).items():
        lines, labels = reviews(seed, split, count)
        if split != "unlabelled":
            lines = [f"{label} {line}" for label, line in sorted(zip(labels, lines, strict=True), key=lambda it: it[0])]
        (folder / f"{split}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")

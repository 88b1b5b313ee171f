"""How good a caption is: BLEU with single words, as problem 5 reports it. Computed by NLTK."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from utils.data.captions import decode_captions

_NO_WORDS = frozenset(("<NULL>", "<START>", "<END>", "<UNK>"))


class Sampler(Protocol):
    """What a model needs so that it can be evaluated."""

    def sample(self, features: NDArray[Any]) -> NDArray[Any]:
        """Return captions (N, L) for features (N, D)."""
        ...


def BLEU_score(gt_caption: str | Sequence[str], sample_caption: str) -> float:  # noqa: N802 -- the homework's name
    """The unigram BLEU score of one caption.

    How many of its words occur in a reference (each as often as it occurs there), as a part of all its words; less if
    the caption is shorter than the reference that is nearest in length. Papineni and others, *BLEU: a Method for
    Automatic Evaluation of Machine Translation*, ACL 2002, with n-grams up to n = 1.

    Parameters
    ----------
    gt_caption : str or sequence of str
        What people have written: one caption, or several of the same picture.
    sample_caption : str
        What the model says. In all of them ``<START>``, ``<END>``, ``<NULL>`` and ``<UNK>`` are no words.

    Returns
    -------
    float
        From 0 to 1.

    Examples
    --------
    >>> BLEU_score("<START> a dog runs on grass <END>", "a dog on a beach <END>")
    0.6
    """
    # nltk takes a while to import, and only this function needs it.
    from nltk.translate.bleu_score import sentence_bleu

    references = [gt_caption] if isinstance(gt_caption, str) else gt_caption
    return float(sentence_bleu([_words(text) for text in references], _words(sample_caption), weights=(1.0,)))


def _words(caption: str) -> list[str]:
    return [word for word in caption.split() if word not in _NO_WORDS]


def mean_bleu(model: Sampler, data: dict[str, Any], split: str, size: int = 1000) -> float:
    """The mean unigram BLEU score of a model's captions of the pictures of a split.

    Each picture that has a caption is captioned once and compared with all its captions in `data`.

    Parameters
    ----------
    model : CaptioningRNN
        Has ``sample(features) -> captions``.
    data : dict
        From `utils.data.load_coco_data`, or a part of it.
    split : {"train", "val"}
    size : int, optional
        At most so many pictures, evenly spread over all.
    """
    owners = data[f"{split}_image_idxs"]
    pictures = np.unique(owners)
    if len(pictures) > size:
        pictures = pictures[np.linspace(0, len(pictures) - 1, size).astype(int)]
    said = decode_captions(model.sample(data[f"{split}_features"][pictures]), data["idx_to_word"])
    by_picture: dict[int, list[str]] = {int(picture): [] for picture in pictures}
    for owner, caption in zip(owners, data[f"{split}_captions"], strict=True):
        if int(owner) in by_picture:
            by_picture[int(owner)].append(str(decode_captions(caption, data["idx_to_word"])))
    scores = [BLEU_score(by_picture[int(picture)], text) for picture, text in zip(pictures, said, strict=True)]
    return float(np.mean(scores))


def evaluate_model(model: Sampler, data: dict[str, Any], size: int = 1000) -> dict[str, float]:
    """Print and return the mean unigram BLEU score of a model's captions, for training and validation pictures.

    Parameters
    ----------
    model, data, size
        As for `mean_bleu`.

    Returns
    -------
    dict
        The scores of ``train`` and ``val``, from 0 to 1.
    """
    scores = {split: mean_bleu(model, data, split, size) for split in ("train", "val")}
    for split, score in scores.items():
        print(f"average BLEU-1 score for {split}: {score:.3f}")
    return scores

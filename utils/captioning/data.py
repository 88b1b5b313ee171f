"""Smaller parts of the caption data."""

from __future__ import annotations

from typing import Any

import numpy as np


def one_caption_each(data: dict[str, Any], count: int) -> dict[str, Any]:
    """Return the data with at most `count` training captions, no two of the same picture.

    A model can learn these by heart. Two captions of one picture it could not: the same features would have to lead
    to both. The captions are drawn with NumPy's global generator; the validation captions stay as they are.

    Parameters
    ----------
    data : dict
        From `utils.data.load_coco_data`.
    count : int
    """
    captions = np.random.permutation(len(data["train_captions"]))
    _, first = np.unique(data["train_image_idxs"][captions], return_index=True)
    # By first appearance, so that which pictures are taken is as random as which captions.
    chosen = captions[np.sort(first)[:count]]
    return {**data, **{name: data[name][chosen] for name in ("train_captions", "train_image_idxs")}}

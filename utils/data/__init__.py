"""Data: the homework's data sets in the full profile, embedded ones of the same layouts in the smoke profile.

Notebooks use the loaders. `registry` names every data set, `store` finds them, `fetching` downloads them, `drawn`
makes the embedded ones.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from utils.data.captions import caption_image, coco_folder, decode_captions, load_coco_data, sample_coco_minibatch
    from utils.data.errors import DataError, DataMissing
    from utils.data.glove import GloVe, load_glove, read_glove
    from utils.data.pictures import load_hymenoptera, load_styles
    from utils.data.sentences import Sentences, Split, load_sentiment, read_sentences, read_split
    from utils.data.store import find

__all__ = [
    "DataError",
    "DataMissing",
    "GloVe",
    "Sentences",
    "Split",
    "caption_image",
    "coco_folder",
    "decode_captions",
    "find",
    "load_coco_data",
    "load_glove",
    "load_hymenoptera",
    "load_sentiment",
    "load_styles",
    "read_glove",
    "read_sentences",
    "read_split",
    "sample_coco_minibatch",
]

_HOMES = {
    "captions": ("caption_image", "coco_folder", "decode_captions", "load_coco_data", "sample_coco_minibatch"),
    "errors": ("DataError", "DataMissing"),
    "glove": ("GloVe", "load_glove", "read_glove"),
    "pictures": ("load_hymenoptera", "load_styles"),
    "sentences": ("Sentences", "Split", "load_sentiment", "read_sentences", "read_split"),
    "store": ("find",),
}


def __getattr__(name: str) -> object:
    """Import a loader when it is first asked for: programs that only look for data do without NumPy and Pillow."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"utils.data.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__

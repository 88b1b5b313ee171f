"""Data: the homework's data sets in the full profile, embedded ones of the same layouts in the smoke profile.

Notebooks use the loaders. `registry` names every data set, `store` finds them, `fetching` downloads them, `drawn`
makes the embedded ones.
"""

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

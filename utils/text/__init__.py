"""Given in the text classification notebook: words to numbers, batches, a training loop, curves, prediction files.

Names are imported when they are first asked for: the grader needs the vocabulary, and not PyTorch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from utils.text.corpus import Batch, Corpus, Encoded, encode, encode_corpus
    from utils.text.plots import plot_probabilities, plot_training, show_results
    from utils.text.predictions import PredictionsError, check_predictions, parse_predictions, write_predictions
    from utils.text.training import History, accuracy, fit, logits, predict, probabilities, report
    from utils.text.vocabulary import PAD, UNK, Vocabulary

_HOMES = {
    "corpus": "Batch Corpus Encoded encode encode_corpus",
    "plots": "plot_probabilities plot_training show_results",
    "predictions": "PredictionsError check_predictions parse_predictions write_predictions",
    "training": "History accuracy fit logits predict probabilities report",
    "vocabulary": "PAD UNK Vocabulary",
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = [
    "PAD",
    "UNK",
    "Batch",
    "Corpus",
    "Encoded",
    "History",
    "PredictionsError",
    "Vocabulary",
    "accuracy",
    "check_predictions",
    "encode",
    "encode_corpus",
    "fit",
    "logits",
    "parse_predictions",
    "plot_probabilities",
    "plot_training",
    "predict",
    "probabilities",
    "report",
    "show_results",
    "write_predictions",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)

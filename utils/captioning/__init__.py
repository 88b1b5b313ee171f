"""What is given for problem 5: layers, update rules, a solver, BLEU, and pictures with their captions."""

from utils.captioning.bleu import BLEU_score, evaluate_model, mean_bleu
from utils.captioning.data import one_caption_each
from utils.captioning.layers import fc_backward, fc_forward, word_embedding_backward, word_embedding_forward
from utils.captioning.optim import adam, sgd
from utils.captioning.plots import bleu_table, plot_losses, show_captions
from utils.captioning.solver import CaptioningSolver

__all__ = [
    "BLEU_score",
    "CaptioningSolver",
    "adam",
    "bleu_table",
    "evaluate_model",
    "fc_backward",
    "fc_forward",
    "mean_bleu",
    "one_caption_each",
    "plot_losses",
    "sgd",
    "show_captions",
    "word_embedding_backward",
    "word_embedding_forward",
]

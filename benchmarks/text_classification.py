"""Train the five models of problem 6, as the course's own solution does, and print accuracies and times as a table.

    python benchmarks/text_classification.py [--profile full] [--test] [--models glove_rnn glove_lstm]
                                             [--glove-dim 50] [--json FILE]

Data preparation counts as part of each model's time, as if the model were trained alone. Hyperparameters are chosen on
the dev sentences; look at ``--test`` once, when they are fixed. On a machine that does other work as well, the
seconds of a CPU core say more than those of the clock: training uses one thread.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

import torch

from autograder import bank
from autograder.reproducing.record import Recording
from utils.data import load_glove, load_sentiment
from utils.settings import PROFILES, settings_for
from utils.text import Encoded, accuracy, encode_corpus, predict

NOTEBOOK = "6_text_classification"
MODELS = {
    "bag_of_words": "6.1 bag of words",
    "embedding_average": "6.2 embedding average",
    "glove_average": "6.3 GloVe average",
    "glove_rnn": "6.4 GloVe, RNN",
    "glove_lstm": "6.5 GloVe, LSTM",
}
SEED = 498


def confusion(model: torch.nn.Module, sentences: Encoded) -> list[list[int]]:
    """How many sentences of each label, 0 and 1, a row each, were taken for 0 and for 1."""
    assert sentences.labels is not None
    pairs = 2 * sentences.labels.long().cpu() + torch.from_numpy(predict(model, sentences))
    counts: list[list[int]] = torch.bincount(pairs, minlength=4).view(2, 2).tolist()
    return counts


def measure(name: str, profile: str, test: bool, dim: int | None = None) -> dict[str, Any]:
    """Prepare the data, train one model, and return its accuracies, curves and the seconds that it took."""
    solution = bank.namespace("hw2", NOTEBOOK)
    choices = settings_for(NOTEBOOK, profile)
    began, worked = time.perf_counter(), time.process_time()
    corpus = encode_corpus(load_sentiment(profile))
    given = (corpus,)
    if name.startswith("glove"):
        glove = load_glove(profile, dim or choices.glove_dim)
        rows = solution["embedding_matrix"](corpus.vocabulary.words, glove.words, glove.vectors)
        given = (corpus, torch.from_numpy(rows))
    prepared = time.perf_counter() - began
    torch.manual_seed(SEED)
    model, history = solution[f"train_{name}"](*given, choices, "cpu")
    seconds, work = time.perf_counter() - began, time.process_time() - worked
    return {
        "model": MODELS[name],
        "dev": accuracy(model, corpus.dev),
        "test": accuracy(model, corpus.test) if test else None,
        "confusion": confusion(model, corpus.test if test else corpus.dev),
        "confusion_of": "test" if test else "dev",
        "epochs": len(history.dev_accuracy),
        "curves": {name: getattr(history, name) for name in ("train_loss", "dev_loss", "dev_accuracy")},
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "preparation": prepared,
        "seconds": seconds,
        "cpu_seconds": work,
    }


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", choices=PROFILES, default="full")
    parser.add_argument("--test", action="store_true", help="look at the test sentences, too")
    parser.add_argument("--models", nargs="+", choices=tuple(MODELS), default=list(MODELS))
    parser.add_argument(
        "--glove-dim", type=int, help="numbers a word in the full profile; by default the most there are"
    )
    parser.add_argument("--json", type=Path, help="write a record into this file too")
    arguments = parser.parse_args()
    load, recording = os.getloadavg()[0], Recording("text_classification", arguments.profile)
    results = [measure(name, arguments.profile, arguments.test, arguments.glove_dim) for name in arguments.models]
    print(f"\n{torch.get_num_threads()} threads; load {load:.1f} before, {os.getloadavg()[0]:.1f} after")
    print("| model | dev accuracy | test accuracy | epochs | preparation, s | all, s | of a CPU core, s |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for row in results:
        unseen = "not looked at" if row["test"] is None else f"{row['test']:.4f}"
        print(
            f"| {row['model']} | {row['dev']:.4f} | {unseen} | {row['epochs']} "
            f"| {row['preparation']:.1f} | {row['seconds']:.1f} | {row['cpu_seconds']:.1f} |"
        )
    if arguments.json:
        sizes = load_glove(
            arguments.profile, arguments.glove_dim or settings_for(NOTEBOOK, arguments.profile).glove_dim
        )
        data = {"smoke": "drawn sentences", "full": "the homework's sentences"}[arguments.profile]
        recording.write(
            arguments.json, results, data=f"{data}, GloVe {sizes.dim}-d", model="the notebook's five", seed=SEED
        )


if __name__ == "__main__":
    main()

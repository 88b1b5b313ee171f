"""Train the captioners of problem 5, as the course's own solution does, and print BLEU-1 and times as tables.

    python benchmarks/captioning.py [--profile full] [--only by_heart better iterations] [--json FILE]

- ``by_heart``: 500 captions, one of each of 500 pictures, until they are known by heart; both cells.
- ``better``: the extra credit's captioner, trained on all captions of the training pictures.
- ``iterations``: seconds an iteration at the homework's size: 5000 captions, hidden 512, word vectors 256, batch 200.

A validation caption is compared with all captions of its picture.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from autograder import bank
from utils.captioning import CaptioningSolver, mean_bleu, one_caption_each
from utils.data import coco_folder, load_coco_data
from utils.settings import PROFILES, settings_for

NOTEBOOK = "5_image_captioning"
SEED = 498
# Chosen on the training captions; the homework's own numbers are for ten times as many captions.
BY_HEART = {
    "rnn": {"hidden_dim": 512, "wordvec_dim": 256, "learning_rate": 1e-3, "epochs": 50, "batch_size": 50},
    "lstm": {"hidden_dim": 512, "wordvec_dim": 256, "learning_rate": 2e-3, "epochs": 50, "batch_size": 50},
}
CAPTIONS, TIMED = 500, 20


def _model(solution: dict[str, Any], data: dict[str, Any], cell: str, hidden_dim: int, wordvec_dim: int) -> Any:
    features = data["train_features"].shape[1]
    return solution["CaptioningRNN"](data["word_to_idx"], features, wordvec_dim, hidden_dim, cell)


def by_heart(solution: dict[str, Any], data: dict[str, Any]) -> list[dict[str, Any]]:
    """Learn captions by heart with each cell; what it says of training and validation pictures."""
    rows = []
    for cell, chosen in BY_HEART.items():
        np.random.seed(SEED)
        small = one_caption_each(data, CAPTIONS)
        model = _model(solution, data, cell, int(chosen["hidden_dim"]), int(chosen["wordvec_dim"]))
        rate = {"learning_rate": chosen["learning_rate"]}
        sizes = {"batch_size": int(chosen["batch_size"]), "num_epochs": int(chosen["epochs"])}
        solver = CaptioningSolver(model, small, "adam", rate, 0.96, verbose=False, **sizes)
        began = time.perf_counter()
        solver.train()
        seconds = time.perf_counter() - began
        rows.append(
            {
                "model": cell.upper(),
                "captions": len(small["train_captions"]),
                "loss": float(np.mean(solver.loss_history[-10:])),
                "train": mean_bleu(model, small, "train"),
                "val": mean_bleu(model, small, "val"),
                "seconds": seconds,
            }
        )
        print(rows[-1], flush=True)
    return rows


def better(solution: dict[str, Any], data: dict[str, Any], profile: str) -> list[dict[str, Any]]:
    """Train the extra credit's captioner on all training captions."""
    np.random.seed(SEED)
    began = time.perf_counter()
    model = solution["train_better_captioner"](data, settings_for(NOTEBOOK, profile))
    seconds = time.perf_counter() - began
    captions = len(data["train_captions"])
    row = {"model": "extra credit", "captions": captions, "val": mean_bleu(model, data, "val"), "seconds": seconds}
    print(row, flush=True)
    return [row]


def iterations(solution: dict[str, Any], data: dict[str, Any]) -> list[dict[str, Any]]:
    """Time updates of the homework's size; captions are drawn again and again where there are fewer than 5000."""
    chosen = np.random.default_rng(SEED).integers(len(data["train_captions"]), size=5000)
    many = {**data, **{name: data[name][chosen] for name in ("train_captions", "train_image_idxs")}}
    rows = []
    for cell in ("rnn", "lstm"):
        np.random.seed(SEED)
        model = _model(solution, many, cell, 512, 256)
        solver = CaptioningSolver(model, many, "adam", {"learning_rate": 5e-3}, batch_size=200, verbose=False)
        times = []
        for _ in range(TIMED + 2):
            began = time.perf_counter()
            solver._step()
            times.append(time.perf_counter() - began)
        rows.append(
            {"model": cell.upper(), "vocabulary": len(data["idx_to_word"]), "median": float(np.median(times[2:]))}
        )
        print(rows[-1], flush=True)
    return rows


def _table(rows: list[dict[str, Any]]) -> str:
    columns = list(dict.fromkeys(name for row in rows for name in row))

    def cell(value: Any) -> str:
        return "" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)

    lines = [f"| {' | '.join(columns)} |", f"|---{'|---:' * (len(columns) - 1)}|"]
    return "\n".join(lines + [f"| {' | '.join(cell(row.get(name)) for name in columns)} |" for row in rows])


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", choices=PROFILES, default="full")
    parser.add_argument("--only", nargs="+", choices=("by_heart", "better", "iterations"))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    wanted = arguments.only or ["by_heart", "better", "iterations"]
    load = os.getloadavg()[0]
    solution, data = bank.namespace("hw2", NOTEBOOK), load_coco_data(coco_folder(arguments.profile))
    results = {}
    if "by_heart" in wanted:
        results["by_heart"] = by_heart(solution, data)
    if "better" in wanted:
        results["better"] = better(solution, data, arguments.profile)
    if "iterations" in wanted:
        results["iterations"] = iterations(solution, data)
    for name, rows in results.items():
        print(f"\n{name}\n{_table(rows)}")
    print(
        f"\nload {load:.1f} before, {os.getloadavg()[0]:.1f} after; OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS')}"
    )
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

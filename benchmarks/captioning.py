"""Train the captioners of problem 5, as the course's own solution does, and print BLEU-1 and times as tables.

    python benchmarks/captioning.py [--profile full] [--only by_heart better iterations] [--seeds 498 499] [--json FILE]

- ``by_heart``: captions, one of each of as many pictures, until they are known by heart; both cells. With the
  notebook's own numbers where there are as many captions as these want, else 500 captions with numbers that suit them.
- ``better``: the extra credit's captioner, trained on all captions of the training pictures; its gain over the better
  of the two cells of the same seed, where those were trained.
- ``iterations``: seconds an iteration at the homework's size: 5000 captions, hidden 512, word vectors 256, batch 200.

A validation caption is compared with all captions of its picture. The first two are done once for each seed.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from autograder import bank
from autograder.reproducing.record import Recording
from utils.captioning import CaptioningSolver, mean_bleu, one_caption_each, show_captions
from utils.data import coco_folder, decode_captions, load_coco_data
from utils.settings import PROFILES, settings_for

NOTEBOOK = "5_image_captioning"
SEEDS = (498, 499)
# Chosen on the training captions; the homework's own numbers are for ten times as many captions.
BY_HEART = {
    "rnn": {"hidden_dim": 512, "wordvec_dim": 256, "learning_rate": 1e-3, "epochs": 50, "batch_size": 50},
    "lstm": {"hidden_dim": 512, "wordvec_dim": 256, "learning_rate": 2e-3, "epochs": 50, "batch_size": 50},
}
CAPTIONS, TIMED, SHOWN = 500, 20, 3
DATA = {"smoke": "drawn scenes", "coco_captioning": "COCO 2014", "flickr8k_captioning": "Flickr8k"}


def _model(solution: dict[str, Any], data: dict[str, Any], cell: str, hidden_dim: int, wordvec_dim: int) -> Any:
    features = data["train_features"].shape[1]
    return solution["CaptioningRNN"](data["word_to_idx"], features, wordvec_dim, hidden_dim, cell)


def by_heart(
    solution: dict[str, Any], data: dict[str, Any], seed: int, profile: str, folder: Path, pictures: Path
) -> list[dict[str, Any]]:
    """Learn captions by heart with each cell; what it says of training and validation pictures."""
    rows, models = [], {}
    for cell in BY_HEART:
        model, small, row = learnt(solution, data, cell, seed, profile)
        print({name: value for name, value in row.items() if name != "curves"}, flush=True)
        if profile == "smoke":  # what is said of other people's photographs stays out of the record
            row["said"] = [*captions_of(model, small, "train"), *captions_of(model, small, "val")]
        rows.append(row)
        models[row["model"]] = model
    if profile == "full":
        draw_captions(models, small, folder, pictures)
    return rows


def learnt(
    solution: dict[str, Any], data: dict[str, Any], cell: str, seed: int, profile: str
) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Train one cell on few captions; the model, its data, and what came of it."""
    notebook = settings_for(NOTEBOOK, profile)
    own = len(np.unique(data["train_image_idxs"])) >= notebook.max_train
    chosen = notebook if own else BY_HEART[cell]
    np.random.seed(seed)
    small = one_caption_each(data, notebook.max_train if own else CAPTIONS)
    model = _model(solution, data, cell, int(chosen["hidden_dim"]), int(chosen["wordvec_dim"]))
    rate = {"learning_rate": chosen["learning_rate"]}
    sizes = {"batch_size": int(chosen["batch_size"]), "num_epochs": int(chosen["epochs"])}
    solver = CaptioningSolver(model, small, "adam", rate, chosen.get("decay", 0.96), verbose=False, **sizes)
    began, worked = time.perf_counter(), time.process_time()
    solver.train()
    seconds, work = time.perf_counter() - began, time.process_time() - worked
    losses = np.array_split(solver.loss_history, sizes["num_epochs"])
    return (
        model,
        small,
        {
            "model": cell.upper(),
            "seed": seed,
            "captions": len(small["train_captions"]),
            "loss": float(np.mean(solver.loss_history[-10:])),
            "train": mean_bleu(model, small, "train"),
            "val": mean_bleu(model, small, "val"),
            "curves": {"train_loss": [float(np.mean(part)) for part in losses]},
            "seconds": seconds,
            "cpu_seconds": work,
        },
    )


def draw_captions(models: dict[str, Any], data: dict[str, Any], folder: Path, pictures: Path) -> None:
    """Write photographs with captions into a folder that git ignores: they are not ours to publish."""
    pictures.mkdir(parents=True, exist_ok=True)
    (pictures / ".gitignore").write_text("*\n", encoding="utf-8")
    for split in ("train", "val"):
        np.random.seed(1)
        show_captions(models, data, split, folder)
        plt.savefig(pictures / f"captions_{split}.png", dpi=80)
        plt.close()


def captions_of(model: Any, data: dict[str, Any], split: str) -> list[dict[str, str]]:
    """What a model says of the first pictures of a split, beside what people say."""
    _, first = np.unique(data[f"{split}_image_idxs"], return_index=True)
    chosen = np.sort(first)[:SHOWN]
    pictures = data[f"{split}_image_idxs"][chosen]
    said = decode_captions(model.sample(data[f"{split}_features"][pictures]), data["idx_to_word"])
    people = decode_captions(data[f"{split}_captions"][chosen], data["idx_to_word"])
    return [
        {"split": split, "picture": str(data[f"{split}_urls"][picture]), "people": _plain(true), "model": _plain(text)}
        for picture, true, text in zip(pictures, people, said, strict=True)
    ]


def _plain(caption: str) -> str:
    return " ".join(word for word in caption.split() if word not in ("<START>", "<END>"))


def better(
    solution: dict[str, Any], data: dict[str, Any], profile: str, seed: int, plain: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Train the extra credit's captioner on all training captions; `plain` holds the rows of `by_heart`."""
    np.random.seed(seed)
    began, worked = time.perf_counter(), time.process_time()
    model = solution["train_better_captioner"](data, settings_for(NOTEBOOK, profile))
    trained, work = time.perf_counter(), time.process_time() - worked
    val = mean_bleu(model, data, "val")
    row = {
        "model": "extra credit",
        "seed": seed,
        "captions": len(data["train_captions"]),
        "val": val,
        "gain": val - max((other["val"] for other in plain if other["seed"] == seed), default=float("nan")),
        "seconds": trained - began,
        "cpu_seconds": work,
        "ms a picture": 1000 * (time.perf_counter() - trained) / len(np.unique(data["val_image_idxs"])),
    }
    print(row, flush=True)
    return [row]


def iterations(solution: dict[str, Any], data: dict[str, Any]) -> list[dict[str, Any]]:
    """Time updates of the homework's size; captions are drawn again and again where there are fewer than 5000."""
    chosen = np.random.default_rng(SEEDS[0]).integers(len(data["train_captions"]), size=5000)
    many = {**data, **{name: data[name][chosen] for name in ("train_captions", "train_image_idxs")}}
    rows = []
    for cell in ("rnn", "lstm"):
        np.random.seed(SEEDS[0])
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
    columns = list(dict.fromkeys(name for row in rows for name in row if name not in ("curves", "said")))

    def cell(value: Any) -> str:
        return "" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)

    lines = [f"| {' | '.join(columns)} |", f"|---{'|---:' * (len(columns) - 1)}|"]
    return "\n".join(lines + [f"| {' | '.join(cell(row.get(name)) for name in columns)} |" for row in rows])


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", choices=PROFILES, default="full")
    parser.add_argument("--only", nargs="+", choices=("by_heart", "better", "iterations"))
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    parser.add_argument("--pictures", type=Path, default=Path("results"), help="folder for photographs with captions")
    parser.add_argument("--json", type=Path, help="write a record into this file too")
    arguments = parser.parse_args()
    wanted = arguments.only or ["by_heart", "better", "iterations"]
    plt.switch_backend("Agg")  # draws without a screen
    load, recording = os.getloadavg()[0], Recording("captioning", arguments.profile)
    folder = coco_folder(arguments.profile)
    solution, data = bank.namespace("hw2", NOTEBOOK), load_coco_data(folder)
    results: dict[str, list[dict[str, Any]]] = {}
    for seed in arguments.seeds:
        if "by_heart" in wanted:
            rows = by_heart(solution, data, seed, arguments.profile, folder, arguments.pictures)
            results.setdefault("by_heart", []).extend(rows)
        if "better" in wanted:
            plain = results.get("by_heart", [])
            results.setdefault("better", []).extend(better(solution, data, arguments.profile, seed, plain))
    if "iterations" in wanted:
        results["iterations"] = iterations(solution, data)
    for name, rows in results.items():
        print(f"\n{name}\n{_table(rows)}")
    print(
        f"\nload {load:.1f} before, {os.getloadavg()[0]:.1f} after; OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS')}"
    )
    if arguments.json:
        what = DATA["smoke" if arguments.profile == "smoke" else folder.name]
        model = "the notebook's CaptioningRNN"
        recording.write(arguments.json, results, data=what, model=model, seed=arguments.seeds[0])


if __name__ == "__main__":
    main()

"""Train problem 1's two models, as the course's own solution does, and print accuracies and times.

    python benchmarks/transfer_learning.py [--profile full] [--backbone squeezenet1_0] [--only freeze] [--epochs 4]
                                           [--json FILE]

The functions are those of the notebook's solution cells, unchanged. With ``resnet18``, and with the embedded network
of the smoke profile, they run with the notebook's own numbers. SqueezeNet 1.0 is for machines without a GPU: its last
layer is a linear one here too, behind features that are multiplied by a constant, so that they are about as large as
ResNet's and the same learning rates do.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

from autograder import bank
from autograder.reproducing.record import Recording
from utils.data import load_hymenoptera
from utils.pretrained import load_backbone
from utils.settings import PROFILES, Table, settings_for
from utils.vision import MEAN, STD, TrainingLog

NOTEBOOK = "1_transfer_learning"
WAYS = ("finetune", "freeze")
SEED = 498
SCALE = 4.0
"""SqueezeNet's averaged features are about 0.25 on average here, ResNet's about 1."""
SQUEEZENET = {
    "finetune": {"epochs": 10, "learning_rate": 0.0001, "step_size": 6, "gamma": 0.1},
    "freeze": {"epochs": 8, "learning_rate": 0.001, "step_size": 5, "gamma": 0.1},
}
"""Fewer epochs than the homework's 25, for a CPU; chosen with this script."""
TITLES = {"squeezenet1_0": "SqueezeNet 1.0", "resnet18": "ResNet-18"}


class Scaled(nn.Module):
    """Multiplies by a constant."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x


def squeezenet(name: str = "", pretrained: bool = True) -> nn.Module:
    """Return SqueezeNet 1.0 with a linear `fc` behind features of ResNet's size, without dropout."""
    net: Any = load_backbone("squeezenet1_0", pretrained, profile="full")
    net.avgpool = nn.Sequential(net.avgpool, Scaled(SCALE))
    net.dropout = nn.Identity()
    return net.to(memory_format=torch.channels_last)  # twice as fast on a CPU


def loaders(profile: str) -> tuple[dict[str, DataLoader[Any]], dict[str, int], list[str]]:
    """Return loaders, sizes and class names of the pictures, prepared as in the notebook."""
    run = settings_for(NOTEBOOK, profile)
    ending = [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    prepare = {
        "train": [transforms.RandomResizedCrop(run.image_size), transforms.RandomHorizontalFlip(), *ending],
        "val": [transforms.Resize(run.resize), transforms.CenterCrop(run.image_size), *ending],
    }
    folder = load_hymenoptera(profile)
    pictures = {phase: ImageFolder(folder / phase, transforms.Compose(steps)) for phase, steps in prepare.items()}
    made = {phase: DataLoader(part, run.batch_size, shuffle=True) for phase, part in pictures.items()}
    return made, {phase: len(part) for phase, part in pictures.items()}, pictures["train"].classes


def confusion(model: nn.Module, batches: DataLoader[Any], device: torch.device) -> list[list[int]]:
    """How many pictures of each class, a row each, the model takes for the first class and for the second."""
    counts = torch.zeros(4, dtype=torch.long)
    model.eval()
    with torch.no_grad():
        for images, labels in batches:
            said = model(images.to(device)).argmax(dim=1).cpu()
            counts += torch.bincount(2 * labels + said, minlength=4)
    table: list[list[int]] = counts.view(2, 2).tolist()
    return table


def measure(way: str, profile: str, backbone: str, epochs: int | None, device: torch.device) -> dict[str, Any]:
    """Train in one way and return what came of it."""
    solution = bank.namespace("hw2", NOTEBOOK)
    borrowed = profile == "full" and backbone == "squeezenet1_0"
    numbers = dict((SQUEEZENET if borrowed else settings_for(NOTEBOOK, profile))[way])
    numbers["epochs"] = epochs or numbers["epochs"]
    solution["settings_for"] = lambda notebook: Table({way: numbers}, "benchmark")
    if borrowed:
        solution["load_backbone"] = squeezenet
    logs: list[TrainingLog] = []

    def logged(*arguments: Any) -> TrainingLog:
        logs.append(TrainingLog(*arguments))
        return logs[-1]

    solution["TrainingLog"] = logged
    torch.manual_seed(SEED)
    batches, sizes, classes = loaders(profile)
    began, worked = time.perf_counter(), time.process_time()
    model = solution[way](device, batches, sizes, classes)
    seconds, work = time.perf_counter() - began, time.process_time() - worked
    untrained, log = logs  # the solution evaluates once before it trains
    best = max(log.accuracies["val"])
    return {
        "way": way,
        "before": untrained.accuracies["val"][0],
        "best": best,
        "epoch": log.accuracies["val"].index(best) + 1,
        "last": log.accuracies["val"][-1],
        "confusion": confusion(model, batches["val"], device),
        "classes": classes,
        "pictures": sizes,
        "curves": {
            f"{phase}_{name}": values[phase]
            for name, values in (("loss", log.losses), ("accuracy", log.accuracies))
            for phase in ("train", "val")
        },
        **numbers,
        "seconds": seconds,
        "cpu_seconds": work,
    }


def main() -> None:
    """Run what is asked for and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", choices=PROFILES, default="full")
    parser.add_argument("--backbone", choices=tuple(TITLES), default="squeezenet1_0", help="for the full profile")
    parser.add_argument("--only", choices=WAYS, nargs="*", default=WAYS)
    parser.add_argument("--epochs", type=int, help="instead of the usual number")
    parser.add_argument("--json", type=Path, help="write a record into this file too")
    arguments = parser.parse_args()
    profile, backbone = arguments.profile, arguments.backbone
    os.environ["COURSE_PROFILE"] = profile
    cuda = torch.cuda.is_available()
    device = torch.device("cuda" if cuda else "cpu")
    recording = Recording("transfer_learning", profile)
    rows = [measure(way, profile, backbone, arguments.epochs, device) for way in arguments.only]
    what = TITLES[backbone] if profile == "full" else "embedded network"
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"\n{what}, {device}, {torch.get_num_threads()} threads, load {load}")
    print(f"{'':10} {'before':>6} {'best val':>8} {'in epoch':>8} {'of':>3} {'last':>6} {'minutes':>8} {'of CPU':>6}")
    for row in rows:
        counts = f"{row['epoch']:8} {row['epochs']:3}"
        times = f"{row['seconds'] / 60:8.1f} {row['cpu_seconds'] / 60:6.1f}"
        print(f"{row['way']:10} {row['before']:6.3f} {row['best']:8.4f} {counts} {row['last']:6.3f} {times}")
    if arguments.json:
        data = "photographs" if profile == "full" else "drawings"
        name = torch.cuda.get_device_name() if cuda else "cpu"
        recording.write(arguments.json, rows, data=f"{data} of ants and bees", model=what, seed=SEED, device=name)


if __name__ == "__main__":
    main()

"""Train problem 1's two models on the photographs, as the course's own solution does, and print accuracies and times.

    python benchmarks/transfer_learning.py [--backbone squeezenet1_0] [--only freeze] [--epochs 4] [--json FILE]

The functions are those of the notebook's solution cells, unchanged. With ``resnet18`` they run with the notebook's own
numbers. SqueezeNet 1.0 is for machines without a GPU: its last layer is a linear one here too, behind features that are
multiplied by a constant, so that they are about as large as ResNet's and the same learning rates do.
"""

from __future__ import annotations

import argparse
import json
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
from utils.data import load_hymenoptera
from utils.pretrained import load_backbone
from utils.settings import Table, settings_for
from utils.vision import MEAN, STD, log_of

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


def loaders(batch_size: int) -> tuple[dict[str, DataLoader[Any]], dict[str, int], list[str]]:
    """Return loaders, sizes and class names of the photographs, prepared as in the notebook."""
    run = settings_for(NOTEBOOK, "full")
    ending = [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    prepare = {
        "train": [transforms.RandomResizedCrop(run.image_size), transforms.RandomHorizontalFlip(), *ending],
        "val": [transforms.Resize(run.resize), transforms.CenterCrop(run.image_size), *ending],
    }
    folder = load_hymenoptera("full")
    pictures = {phase: ImageFolder(folder / phase, transforms.Compose(steps)) for phase, steps in prepare.items()}
    made = {phase: DataLoader(part, batch_size, shuffle=True) for phase, part in pictures.items()}
    return made, {phase: len(part) for phase, part in pictures.items()}, pictures["train"].classes


def measure(way: str, backbone: str, epochs: int | None, device: torch.device) -> dict[str, Any]:
    """Train in one way and return what came of it."""
    solution = bank.namespace("hw2", NOTEBOOK)
    numbers = dict((SQUEEZENET if backbone == "squeezenet1_0" else settings_for(NOTEBOOK, "full"))[way])
    numbers["epochs"] = epochs or numbers["epochs"]
    solution["settings_for"] = lambda notebook: Table({way: numbers}, "benchmark")
    if backbone == "squeezenet1_0":
        solution["load_backbone"] = squeezenet
    torch.manual_seed(SEED)
    given = loaders(settings_for(NOTEBOOK, "full").batch_size)
    began = time.perf_counter()
    model = solution[way](device, *given)
    seconds = time.perf_counter() - began
    log = log_of(model)
    assert log is not None
    best = max(log.accuracies["val"])
    return {
        "way": way,
        "backbone": backbone,
        "best": best,
        "epoch": log.accuracies["val"].index(best) + 1,
        "last": log.accuracies["val"][-1],
        "curve": [round(value, 4) for value in log.accuracies["val"]],
        **numbers,
        "seconds": seconds,
    }


def main() -> None:
    """Run what is asked for and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backbone", choices=("squeezenet1_0", "resnet18"), default="squeezenet1_0")
    parser.add_argument("--only", choices=WAYS, nargs="*", default=WAYS)
    parser.add_argument("--epochs", type=int, help="instead of the usual number")
    parser.add_argument("--json", type=Path, help="write the results into this file too")
    arguments = parser.parse_args()
    os.environ["COURSE_PROFILE"] = "full"
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    rows = [measure(way, arguments.backbone, arguments.epochs, device) for way in arguments.only]
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"\n{arguments.backbone}, {device}, {torch.get_num_threads()} threads, load {load}")
    print(f"{'':10} {'best val':>8} {'in epoch':>8} {'of':>3} {'last':>6} {'minutes':>8}")
    for row in rows:
        counts = f"{row['epoch']:8} {row['epochs']:3}"
        print(f"{row['way']:10} {row['best']:8.4f} {counts} {row['last']:6.3f} {row['seconds'] / 60:8.1f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

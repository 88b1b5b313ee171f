"""Paint problem 2's three pictures as the course's own solution does, and print losses and times.

    python benchmarks/style_transfer.py [--profile full] [--backbone squeezenet1_0] [--runs 1 3]
                                        [--pictures results] [--json FILE]

The functions are those of the notebook's solution cells, unchanged, with the numbers of the notebook's settings. In the
full profile the network is SqueezeNet 1.1, which the homework's weights are made for, unless another one is named; its
pictures go into a folder that git ignores, as the photographs are not ours to publish. Each picture is written beside
the two that it was made of.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from autograder import bank
from autograder.reproducing.record import Recording
from utils.data import load_styles
from utils.pretrained import load_backbone
from utils.settings import PROFILES, settings_for
from utils.style import TransferLog, deprocess

NOTEBOOK = "2_style_transfer"
SEED = 498
NAMES = ("image_size", "style_size", "content_layer", "content_weight", "style_layers", "style_weights", "tv_weight")
TITLES = {"squeezenet1_0": "SqueezeNet 1.0", "squeezenet1_1": "SqueezeNet 1.1"}
GAP = 6
"""Pixels between two pictures."""


class QuietLog(TransferLog):
    """Keeps what happens and shows nothing; the last one is `latest`."""

    latest: TransferLog | None = None

    def __init__(self, content_img: Tensor, style_img: Tensor, iterations: int = 200) -> None:
        super().__init__(content_img, style_img, iterations)
        QuietLog.latest = self

    def show(self) -> Any:
        """Only end the bar."""
        self._bar.close()


def solution(backbone: str, profile: str, device: torch.device) -> dict[str, Any]:
    """Return the names of the notebook's solution, with a network."""
    names = bank.namespace("hw2", NOTEBOOK)
    cnn: Any = load_backbone(backbone, profile=profile)
    names["cnn"] = cnn.features.requires_grad_(False).to(device)
    names["device"], names["TransferLog"] = device, QuietLog
    return names


def side_by_side(content: Path, style: Path, result: Image.Image) -> Image.Image:
    """The picture between the two that it was made of, as high as it is, in 256 colours."""
    high = result.height

    def fitted(path: Path) -> Image.Image:
        with Image.open(path) as picture:
            return picture.convert("RGB").resize((round(high * picture.width / picture.height), high))

    row = [fitted(content), result, fitted(style)]
    sheet = Image.new("RGB", (sum(part.width for part in row) + 2 * GAP, high), "white")
    place = 0
    for part in row:
        sheet.paste(part, (place, 0))
        place += part.width + GAP
    return sheet.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG)


def measure(number: int, names: dict[str, Any], profile: str, folder: Path) -> dict[str, Any]:
    """Make one picture, write it with its sources, and return losses and time."""
    run = settings_for(NOTEBOOK, profile).runs[number - 1]
    files = load_styles(profile)
    torch.manual_seed(SEED)
    began = time.perf_counter(), time.process_time()
    image = names["style_transfer"](
        str(files[run.content]), str(files[run.style]), *(run[name] for name in NAMES), init_random=False
    )
    seconds, processor = time.perf_counter() - began[0], time.process_time() - began[1]
    log = QuietLog.latest
    assert log is not None
    sheet = side_by_side(files[run.content], files[run.style], deprocess(image))
    sheet.save(folder / f"style_transfer_{number}.png", optimize=True)
    return {
        "run": number,
        "content": run.content,
        "style": run.style,
        "first": {**{name: values[0] for name, values in log.losses.items()}, "total": log.total[0]},
        "largest": max(log.total),
        "last": {**{name: values[-1] for name, values in log.losses.items()}, "total": log.total[-1]},
        "iterations": len(log.total),
        "curves": {"loss": log.total},
        "seconds": seconds,
        "cpu_seconds": processor,
    }


def table(rows: list[dict[str, Any]]) -> str:
    """The results as a table in Markdown."""
    lines = [
        "| run | content | style | loss at first | largest | in the end | content, style, tv in the end | seconds |",
        "|---|---|---|---:|---:|---:|---|---:|",
    ]
    for row in rows:
        terms = ", ".join(f"{row['last'][name]:,.0f}" for name in ("content", "style", "tv"))
        first, last = row["first"]["total"], row["last"]["total"]
        numbers = f"{first:,.0f} | {row['largest']:,.0f} | {last:,.0f} ({last / first:.0%})"
        names = f"| {row['run']} | {row['content']} | {row['style']}"
        lines.append(f"{names} | {numbers} | {terms} | {row['seconds']:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Run what is asked for and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", choices=PROFILES, default="full")
    parser.add_argument("--backbone", choices=tuple(TITLES), help="for the full profile")
    parser.add_argument("--runs", type=int, choices=(1, 2, 3), nargs="*", default=(1, 2, 3))
    parser.add_argument("--pictures", type=Path, default=Path("results"), help="folder for the pictures")
    parser.add_argument("--json", type=Path, help="write a record into this file too")
    arguments = parser.parse_args()
    profile, folder = arguments.profile, arguments.pictures
    os.environ["COURSE_PROFILE"] = profile
    backbone = arguments.backbone or settings_for(NOTEBOOK, profile).backbone
    cuda = torch.cuda.is_available()
    device = torch.device("cuda" if cuda else "cpu")
    recording = Recording("style_transfer", profile)
    names = solution(backbone, profile, device)
    folder.mkdir(parents=True, exist_ok=True)
    if profile == "full":
        # Wherever the folder is, git leaves it alone.
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    rows = [measure(number, names, profile, folder) for number in arguments.runs]
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    what = TITLES[backbone] if profile == "full" else "embedded network"
    print(f"\n{what}, {device}, {torch.get_num_threads()} threads, load {load}; pictures in {folder}\n")
    print(table(rows))
    if arguments.json:
        data = "photograph and paintings" if profile == "full" else "drawn pictures"
        name = torch.cuda.get_device_name() if cuda else "cpu"
        recording.write(arguments.json, rows, data=data, model=what, seed=SEED, device=name)


if __name__ == "__main__":
    main()

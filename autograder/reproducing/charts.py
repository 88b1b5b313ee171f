"""Curves of a record as SVG, and the scenes that its captions are about as PNG."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from autograder.reproducing.record import Record

_STYLES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
_SETTINGS: Any = {
    "font.size": 9,
    "svg.fonttype": "none",  # letters stay letters: smaller, and they can be found and read aloud
    "svg.hashsalt": "results",
    "axes.grid": True,
    "grid.alpha": 0.3,
    "legend.fontsize": 8,
}
Lines = Mapping[str, Sequence[float]]


def draw(record: Record, folder: Path) -> list[Path]:
    """Draw what a record has curves or captions of; the same record gives the same files.

    Parameters
    ----------
    record : Record
    folder : Path
        Made if need be.

    Returns
    -------
    list of Path
        The files, none for a record without curves.
    """
    if record["name"] not in _PANELS:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    drawn = [_curves(_PANELS[record["name"]](record.results), folder / f"{record['name']}.svg")]
    if record["name"] == "captioning" and record["profile"] == "smoke":
        drawn += _scenes(record, folder)
    return drawn


def scene_files(record: Record) -> dict[str, str]:
    """The scenes that captions in a record are about: file names by the name that the data give them."""
    rows = record.results.get("by_heart") or [{}]
    pictures = [said["picture"] for said in rows[0].get("said", ())]
    return {picture: f"scene_{number}.png" for number, picture in enumerate(pictures, start=1)}


def with_seeds(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The models of some rows by their names, with their seeds where there is more than one."""
    several = len({row.get("seed") for row in rows}) > 1
    return [f"{row['model']}, seed {row['seed']}" if several else str(row["model"]) for row in rows]


def _transfer_panels(rows: Sequence[Mapping[str, Any]]) -> dict[str, Lines]:
    return {
        name: {f"{row['way']}, {phase}": row["curves"][f"{phase}_{name}"] for row in rows for phase in ("train", "val")}
        for name in ("loss", "accuracy")
    }


def _style_panels(rows: Sequence[Mapping[str, Any]]) -> dict[str, Lines]:
    return {"log loss": {f"{row['run']} {row['content']}, {row['style']}": row["curves"]["loss"] for row in rows}}


def _captioning_panels(results: Mapping[str, Any]) -> dict[str, Lines]:
    rows = results["by_heart"]
    losses = (row["curves"]["train_loss"] for row in rows)
    return {"log loss": dict(zip(with_seeds(rows), losses, strict=True))}


def _text_panels(rows: Sequence[Mapping[str, Any]]) -> dict[str, Lines]:
    return {
        title: {row["model"]: row["curves"][name] for row in rows}
        for title, name in (("loss on dev", "dev_loss"), ("accuracy on dev", "dev_accuracy"))
    }


_PANELS: Mapping[str, Callable[[Any], dict[str, Lines]]] = {
    "transfer_learning": _transfer_panels,
    "style_transfer": _style_panels,
    "captioning": _captioning_panels,
    "text_classification": _text_panels,
}


def _curves(panels: Mapping[str, Lines], path: Path) -> Path:
    """One panel each; ``log`` before its title asks for a logarithmic axis, ``train`` in a line's name for dashes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(3.3 * len(panels) + 2.2, 2.7), layout="constrained")
        all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for axes, (title, lines) in zip(all_axes, panels.items(), strict=True):
            for number, (name, values) in enumerate(lines.items()):
                # An iteration is counted from 1, too, so that the first value has a place.
                _draw_line(axes, number, name, values, paired=any("train" in other for other in lines))
            axes.set(xlabel="iteration" if "style" in path.stem else "epoch", title=title.removeprefix("log "))
            if title.startswith("log "):
                axes.set_yscale("log")
            axes.xaxis.get_major_locator().set_params(integer=True)
        all_axes[-1].legend(loc="upper left", bbox_to_anchor=(1.02, 1))
        figure.savefig(path, format="svg", metadata={"Date": None})
    return path


def _draw_line(axes: Any, number: int, name: str, values: Sequence[float], paired: bool) -> None:
    style = ("--" if "train" in name else "-") if paired else _STYLES[number % len(_STYLES)]
    colour = f"C{number // 2 if paired else number}"
    axes.plot(range(1, len(values) + 1), values, linestyle=style, color=colour, label=name, linewidth=1.4)


def _scenes(record: Record, folder: Path) -> list[Path]:
    from utils.data import caption_image, coco_folder

    drawn = []
    for picture, file in scene_files(record).items():
        pixels = caption_image(picture, coco_folder("smoke"))
        Image.fromarray(pixels).quantize(128).save(folder / file, optimize=True)
        drawn.append(folder / file)
    return drawn

"""Loss curves, pictures with their captions, and a table of BLEU scores."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.captioning.bleu import Sampler
from utils.data.captions import caption_image, decode_captions
from utils.data.errors import DataError
from utils.figures import log_axes

_WIDTH = 34


def plot_losses(losses: Mapping[str, Sequence[float]]) -> None:
    """Draw the loss of each minibatch of one or more training runs, by name, on a logarithmic axis.

    Lines differ in style as well as in colour.
    """
    import matplotlib.pyplot as plt

    axes = log_axes(xlabel="iteration", ylabel="loss of a minibatch", title="Training")
    for number, (name, values) in enumerate(losses.items()):
        axes.plot(values, ("-", "--", "-.", ":")[number % 4], label=name)
    axes.legend(loc="lower left")
    plt.show()


def show_captions(
    models: Mapping[str, Sampler], data: Mapping[str, Any], split: str, base_dir: str | Path, count: int = 4
) -> None:
    """Draw pictures of a split with what each model says about them, and with a true caption.

    Parameters
    ----------
    models : mapping
        By the names that are to be shown; each has ``sample(features) -> captions``.
    data : dict
        From `utils.data.load_coco_data`, or a part of it.
    split : {"train", "val"}
    base_dir : str or Path
        The folder of the data, where the pictures may be.
    count : int, optional
        How many pictures; drawn with NumPy's global generator. One that cannot be had is drawn grey.
    """
    import matplotlib.pyplot as plt

    chosen = np.random.choice(len(data[f"{split}_captions"]), count, replace=False)
    pictures = data[f"{split}_image_idxs"][chosen]
    said = {
        name: decode_captions(model.sample(data[f"{split}_features"][pictures]), data["idx_to_word"])
        for name, model in models.items()
    }
    size = (3.2 * count, 3.6 + 0.5 * len(models))
    figure, all_axes = plt.subplots(1, count, figsize=size, squeeze=False, layout="constrained")
    for place, axes in enumerate(all_axes[0]):
        axes.imshow(_picture(str(data[f"{split}_urls"][pictures[place]]), base_dir))
        axes.set_axis_off()
        true = str(decode_captions(data[f"{split}_captions"][chosen[place]], data["idx_to_word"]))
        lines = [_line("people", true), *(_line(name, captions[place]) for name, captions in said.items())]
        axes.set_title("\n".join(lines), fontsize=9, loc="left", family="monospace")
    figure.suptitle(f"{split} pictures")
    plt.show()


def _line(name: str, caption: str) -> str:
    words = " ".join(word for word in caption.split() if word != "<START>")
    return textwrap.fill(f"{name}: {words}", _WIDTH, subsequent_indent="  ")


def _picture(url: str, base_dir: str | Path) -> NDArray[np.uint8]:
    """The picture, or grey where it cannot be had: many of COCO's are no longer where they were."""
    try:
        return caption_image(url, base_dir)
    except DataError:
        return np.full((96, 96, 3), 160, dtype=np.uint8)


class BleuTable:
    """Scores of several models side by side, as HTML in a notebook and as text elsewhere."""

    def __init__(self, scores: Mapping[str, Mapping[str, float]]) -> None:
        splits = list(dict.fromkeys(split for row in scores.values() for split in row))
        self.rows = [("BLEU-1", *splits)]
        self.rows += [(name, *(f"{row[s]:.3f}" if s in row else "" for s in splits)) for name, row in scores.items()]

    def __repr__(self) -> str:
        widths = [max(len(row[column]) for row in self.rows) for column in range(len(self.rows[0]))]
        return "\n".join(
            "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
            for row in self.rows
        )

    def _repr_html_(self) -> str:
        # No colour of text and no background, so that it can be read in light and in dark notebooks.
        cell = "padding:2px 10px;border-bottom:1px solid rgba(128,128,128,0.4)"
        head = "".join(f'<th scope="col" style="{cell}">{html.escape(text)}</th>' for text in self.rows[0])
        body = "".join(
            f'<tr><th scope="row" style="{cell};text-align:left">{html.escape(name)}</th>'
            + "".join(f'<td style="{cell};text-align:right">{value}</td>' for value in values)
            + "</tr>"
            for name, *values in self.rows[1:]
        )
        return f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def bleu_table(scores: Mapping[str, Mapping[str, float]]) -> BleuTable:
    """Return a table of BLEU-1 scores, one line a model and one column a split, for a cell to show.

    Parameters
    ----------
    scores : mapping
        What `evaluate_model` returned, by the names of the models.
    """
    return BleuTable(scores)

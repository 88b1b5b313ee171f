"""Curves and a table for the text classification notebook."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from utils.text.training import History

Result = Mapping[str, Any]
"""What the notebook keeps of a part: ``dev``, ``test`` (accuracies), ``seconds`` and ``parameters``."""
_COLUMNS = ("dev accuracy", "test accuracy", "parameters", "seconds")


def plot_training(histories: Mapping[str, History]) -> None:
    """Draw the loss and the dev accuracy of one or more training runs, by name.

    Lines differ in style as well as in colour; a circle marks the epoch whose weights were kept.
    """
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2), layout="constrained")
    styles = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
    for number, (name, history) in enumerate(histories.items()):
        epochs = np.arange(1, len(history.dev_accuracy) + 1)
        style, colour = styles[number % len(styles)], f"C{number}"
        if len(histories) == 1:
            left.plot(epochs, history.train_loss, "-", color="C0", label="train (as it is trained)")
            left.plot(epochs, history.dev_loss, "--", color="C1", label="dev")
        else:
            left.plot(epochs, history.dev_loss, linestyle=style, color=colour, label=name)
        right.plot(epochs, history.dev_accuracy, linestyle=style, color=colour, label=name)
        if len(epochs):
            right.plot(epochs[history.best], history.dev_accuracy[history.best], "o", color=colour)
    left.set(xlabel="epoch", ylabel="loss" if len(histories) == 1 else "loss on dev")
    right.set(xlabel="epoch", ylabel="accuracy on dev")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.xaxis.get_major_locator().set_params(integer=True)
    left.legend()
    if len(histories) > 1:
        right.legend()
    else:
        figure.suptitle("".join(histories))
    plt.show()


def plot_probabilities(sentences: Sequence[str], values: Mapping[str, Sequence[float] | np.ndarray]) -> None:
    """Draw how likely each model finds it that each sentence is praise, one row a sentence, one mark a model."""
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(figsize=(9, 0.9 + 0.46 * len(sentences)), layout="constrained")
    places = np.arange(len(sentences))[::-1]
    for number, (name, row) in enumerate(values.items()):
        # One below the other, so that models that agree don't hide each other.
        lower = 0.14 * (number - (len(values) - 1) / 2)
        axes.plot(row, places - lower, "osD^v"[number % 5], label=name, alpha=0.85, markersize=6)
    axes.axvline(0.5, color="gray", linestyle="--", linewidth=1)
    axes.set(xlim=(-0.02, 1.02), xlabel="probability of praise")
    axes.set_yticks(places, sentences)
    axes.grid(alpha=0.25)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    plt.show()


class ResultsTable:
    """The accuracies of several models side by side, as HTML in a notebook and as text elsewhere."""

    def __init__(self, results: Mapping[str, Result]) -> None:
        self.rows = [(name, *_cells(result)) for name, result in results.items()]

    def __repr__(self) -> str:
        rows = [("model", *_COLUMNS), *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        return "\n".join(
            "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
            for row in rows
        )

    def _repr_html_(self) -> str:
        # No colour of text and no background, so that it can be read in light and in dark notebooks.
        cell = "padding:2px 10px;border-bottom:1px solid rgba(128,128,128,0.4)"
        head = "".join(f'<th scope="col" style="{cell}">{text}</th>' for text in ("model", *_COLUMNS))
        body = "".join(
            f'<tr><th scope="row" style="{cell};text-align:left">{html.escape(name)}</th>'
            + "".join(f'<td style="{cell};text-align:right">{value}</td>' for value in values)
            + "</tr>"
            for name, *values in self.rows
        )
        return f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def show_results(results: Mapping[str, Result]) -> ResultsTable:
    """Return a table of the models' accuracies, one line a model, for a cell to show."""
    return ResultsTable(results)


def _cells(result: Result) -> tuple[str, ...]:
    return (
        f"{result['dev']:.4f}",
        f"{result['test']:.4f}",
        f"{result['parameters']:,}",
        f"{result['seconds']:.0f}",
    )

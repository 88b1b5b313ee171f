"""The sections of the page, one for each problem and one for each thing that is measured of the grader."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograder.errors import UsageError
from autograder.reproducing import charts
from autograder.reproducing.experiments import EXPERIMENTS
from autograder.reproducing.glance import Records, shown
from autograder.reproducing.record import Record
from autograder.reproducing.tables import NOTHING, number, percent, plain_table, seconds, table

PICTURES = "images/results"
_MOMENTS = (1, 2, 10, 50, 100, 200)
"""Iterations of style transfer whose loss the page gives."""
_EPOCHS = (1, 5, 10, 20, 30, 40, 50)
"""Epochs of captioning whose loss the page gives."""


def problem(records: Records, group: str) -> list[str]:
    """The paragraphs of one problem: real data, then embedded data."""
    parts = []
    for profile, title in (("full", "Real data"), ("smoke", "Embedded data")):
        record = shown(records, group, profile)
        if record is None:
            parts.append(f"**{title}.** No record yet: `course reproduce {group}`")
            continue
        parts.append(f"**{title}:** {EXPERIMENTS[record.experiment].title}. `course reproduce {record.experiment}`")
        parts += of(record)
    return parts


def of(record: Record) -> list[str]:
    """What the page shows of a record.

    Raises
    ------
    UsageError
        If its results are not such as its script writes.
    """
    try:
        return _SECTIONS[record["name"]](record)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise UsageError(f"the record {record.experiment} holds no results of {record['name']}: {error!r}") from error


def _transfer(record: Record) -> list[str]:
    rows = record.results
    first, second = rows[0]["classes"]
    counts = [
        [
            row["way"],
            number(row["before"]),
            number(row["best"]),
            f"{row['epoch']} of {row['epochs']}",
            number(row["last"]),
            seconds(row["cpu_seconds"]),
        ]
        for row in rows
    ]
    parts = [table(["accuracy", "before", "best on validation", "in epoch", "last", "processor"], counts)]
    parts.append(_confusion("validation", {row["way"]: row["confusion"] for row in rows}, first, second))
    if record["profile"] == "smoke":
        return [*parts, _figure("transfer_learning.svg", "Loss and accuracy over the epochs, training and validation")]
    return [*parts, _by_epoch("validation accuracy in epoch", {r["way"]: r["curves"]["val_accuracy"] for r in rows}, 3)]


def _style(record: Record) -> list[str]:
    rows = [
        [
            f"{row['run']} {row['content']}, {row['style']}".replace("_", " "),
            *(number(row[when]["total"], 0) for when in ("first", "last")),
            percent(row["last"]["total"], row["first"]["total"]),
            *(number(row["last"][term], 0) for term in ("content", "style", "tv")),
            seconds(row["cpu_seconds"]),
        ]
        for row in record.results
    ]
    titles = ["run", "loss at first", "in the end", "ratio", "content", "style", "tv", "processor"]
    parts = [table(titles, rows)]
    if record["profile"] == "smoke":
        parts += [
            _figure(f"style_transfer_{row['run']}.png", f"{row['content']}, the result, and {row['style']}")
            for row in record.results
        ]
        return [*parts, _figure("style_transfer.svg", "The loss of the three runs over 200 iterations")]
    curves = {
        row["style"].replace("_", " "): [value for n, value in enumerate(row["curves"]["loss"], 1) if n in _MOMENTS]
        for row in record.results
    }
    parts.append(_by_epoch("loss in iteration", curves, 0, _MOMENTS))
    return [*parts, "The pictures are written to `results/`, which git ignores: the photograph is not ours to publish."]


def _captioning(record: Record) -> list[str]:
    models = [*record.results["by_heart"], *record.results.get("better", ())]
    rows = [
        [
            name,
            f"{row['captions']:,}",
            number(row.get("train")),
            number(row["val"]),
            number(row.get("loss"), 2),
            seconds(row["cpu_seconds"]),
        ]
        for name, row in zip(charts.with_seeds(models), models, strict=True)
    ]
    titles = ["model", "captions", "BLEU-1, training", "BLEU-1, validation", "loss in the end", "processor"]
    parts = [table(titles, rows)]
    cells = record.results["by_heart"]
    if record["profile"] == "smoke":
        return [*parts, _said(record), _figure("captioning.svg", "The loss of RNN and LSTM over the epochs")]
    epochs = [n for n in _EPOCHS if n <= min(len(row["curves"]["train_loss"]) for row in cells)]
    losses = ([row["curves"]["train_loss"][n - 1] for n in epochs] for row in cells)
    parts.append(_by_epoch("loss in epoch", dict(zip(charts.with_seeds(cells), losses, strict=True)), 2, epochs))
    return [*parts, "Photographs with captions are written to `results/`, which git ignores."]


def _said(record: Record) -> str:
    """What the models say of some scenes."""
    files = charts.scene_files(record)
    cells = [row for row in record.results["by_heart"] if row.get("seed") == record.results["by_heart"][0].get("seed")]
    rows = []
    for place, first in enumerate(cells[0]["said"]):
        image = f"![{first['people']}]({PICTURES}/{files[first['picture']]})"
        said = [_text(row["said"][place]["model"]) for row in cells]
        rows.append([image, first["split"].replace("val", "validation"), _text(first["people"]), *said])
    titles = ["scene", "split", "people", *(row["model"] for row in cells)]
    return table(titles, rows, left=len(titles))


def _sentences(record: Record) -> list[str]:
    rows = [
        [
            row["model"],
            number(row["dev"], 4),
            number(row["test"], 4),
            str(row["epochs"]),
            f"{row['parameters']:,}",
            seconds(row["cpu_seconds"]),
        ]
        for row in record.results
    ]
    parts = [table(["accuracy", "dev", "test", "epochs", "parameters", "processor"], rows)]
    counts = {row["model"]: row["confusion"] for row in record.results}
    parts.append(_confusion(record.results[0]["confusion_of"], counts, "blame", "praise"))
    if record["profile"] == "smoke":
        return [*parts, _figure("text_classification.svg", "Loss and accuracy on dev over the epochs, five models")]
    curves = {row["model"]: row["curves"]["dev_accuracy"] for row in record.results}
    return [*parts, _by_epoch("dev accuracy in epoch", curves, 3)]


def _layers(record: Record) -> list[str]:
    """Times of the course's layers beside others."""
    return [part for name, rows in record.results.items() for part in (f"{name}, milliseconds:", plain_table(rows))]


def _grading(record: Record) -> list[str]:
    """Times of grading beside others."""
    rows = [
        [
            row["what"],
            row.get("other", NOTHING),
            seconds(row["ours_seconds"]),
            seconds(row.get("other_seconds")),
            number(row.get("ratio"), 1),
        ]
        for row in record.results
    ]
    return [table(["what", "beside", "`course grade`", "that", "ratio"], rows, left=2)]


def _attacks(record: Record) -> list[str]:
    """Attacks that succeed, by theme."""
    graders = list(record.results)
    themes = sorted({theme for grader in graders for theme in record.results[grader]})
    rows = []
    for theme in themes:
        counts = [record.results[grader].get(theme) for grader in graders]
        tried = next((str(count["tried"]) for count in counts if count), NOTHING)
        rows.append([theme, tried, *(str(count["succeed"]) if count else NOTHING for count in counts)])
    return [table(["theme", "tried", *(f"succeed against {grader}" for grader in graders)], rows)]


def _confusion(split: str, counts: Mapping[str, Sequence[Sequence[int]]], first: str, second: str) -> str:
    """How many of each class are right and how many are taken for the other one, a row for each model."""
    rows = [
        [name, *(f"{count:,}" for count in (*of_first, *reversed(of_second)))]
        for name, (of_first, of_second) in counts.items()
    ]
    titles = [f"{first}, right", f"taken for {second}", f"{second}, right", f"taken for {first}"]
    return table([f"confusion on {split}", *titles], rows)


def _by_epoch(title: str, curves: Mapping[str, Sequence[float]], digits: int, marks: Sequence[int] = ()) -> str:
    longest = max(map(len, curves.values()))
    numbers = marks or range(1, longest + 1)
    rows = [
        [name, *(number(value, digits) for value in values), *[""] * (longest - len(values))]
        for name, values in curves.items()
    ]
    return table([title, *map(str, numbers)], rows)


def _figure(file: str, text: str) -> str:
    return f"![{text}]({PICTURES}/{file})"


def _text(caption: Any) -> str:
    """A caption within a table; its words come from a vocabulary, and ``<UNK>`` is one of them."""
    return str(caption).replace("<", "&lt;").replace("|", "\\|")


_SECTIONS: Mapping[str, Callable[[Record], list[str]]] = {
    "transfer_learning": _transfer,
    "style_transfer": _style,
    "captioning": _captioning,
    "text_classification": _sentences,
    "layers": _layers,
    "grading": _grading,
    "attacks": _attacks,
}

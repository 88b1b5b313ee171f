"""The first table of the page: every number that the homework's documents report, with ours beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from autograder.reproducing import reported
from autograder.reproducing.experiments import EXPERIMENTS
from autograder.reproducing.record import Record
from autograder.reproducing.tables import NOTHING, number, percent, seconds, table
from utils.settings import settings_for

Records = Mapping[str, Record]
_COLUMNS = ("result", "reported", "goal, full", "on real data", "goal, smoke", "on embedded data")
_GOAL_OF = {"6.1": "bag_of_words", "6.2": "embedding", "6.3": "glove", "6.4": "rnn", "6.5": "lstm"}
_SIDES = ("full", "smoke")


def shown(records: Records, group: str, profile: str) -> Record | None:
    """The record of a group that the page shows: of the homework's own data and model, or else of the closest thing."""
    names = (e.name for e in EXPERIMENTS.values() if e.group == group and e.profile == profile)
    return next((records[name] for name in names if name in records), None)


def overview(records: Records) -> str:
    """The table."""
    rows = [*_transfer(records), *_style(records), *_captioning(records), *_text(records)]
    return table(_COLUMNS, rows, left=2)


def _goal(notebook: str, profile: str, part: str = "") -> str:
    """What brings the points, where a number does."""
    settings: Any = settings_for(notebook, profile)
    value = (settings[part] if part else settings).get("goal")
    return NOTHING if value is None else f"{value:.2f}"


def _row(name: str, documents: str, goals: list[str], values: list[str]) -> tuple[str, ...]:
    return (name, documents, goals[0], values[0], goals[1], values[1])


def _transfer(records: Records) -> Iterator[tuple[str, ...]]:
    sides = [_by(shown(records, "transfer_learning", profile), "way") for profile in _SIDES]
    no_goals = [NOTHING, NOTHING]
    yield _row(
        "1 accuracy before training",
        reported.BEFORE_TRAINING,
        no_goals,
        [number(side["finetune"]["before"]) if "finetune" in side else NOTHING for side in sides],
    )
    for way, part in (("finetune", "1.3"), ("freeze", "1.4")):
        goals = [_goal("1_transfer_learning", profile, way) for profile in _SIDES]
        values = [number(side[way]["best"]) if way in side else NOTHING for side in sides]
        yield _row(f"{part} {way}, best validation accuracy", reported.TRANSFER[way], goals, values)
    times = [
        ", ".join(seconds(side[way]["cpu_seconds"]) for way in ("finetune", "freeze") if way in side) for side in sides
    ]
    yield _row("1 time of 1.3, 1.4", reported.MINUTES_A_SCENARIO, no_goals, [time or NOTHING for time in times])


def _style(records: Records) -> Iterator[tuple[str, ...]]:
    values = []
    for profile in _SIDES:
        record = shown(records, "style_transfer", profile)
        rows = record.results if record else []
        values.append(", ".join(percent(row["last"]["total"], row["first"]["total"]) for row in rows) or NOTHING)
    yield _row("2 loss in the end, of that at first, three runs", reported.STYLE, [NOTHING, NOTHING], values)


def _captioning(records: Records) -> Iterator[tuple[str, ...]]:
    sides = [shown(records, "captioning", profile) for profile in _SIDES]
    goals = [_goal("5_image_captioning", profile) for profile in _SIDES]
    for model in ("RNN", "LSTM"):
        values = []
        for side in sides:
            rows = [row for row in side.results.get("by_heart", ()) if row["model"] == model] if side else []
            values.append(f"{number(rows[0]['train'])}, {number(rows[0]['val'])}" if rows else NOTHING)
        yield _row(f"5.4 {model}, BLEU-1 in training, validation", reported.BY_HEART, goals, values)
    rows = [side.results.get("better", ()) if side else () for side in sides]
    values = [", ".join(number(row["val"]) for row in side) or NOTHING for side in rows]
    yield _row("5.5 BLEU-1 in validation", reported.EXTRA_CREDIT, [NOTHING, NOTHING], values)


def _text(records: Records) -> Iterator[tuple[str, ...]]:
    sides = [_by(shown(records, "text_classification", profile), "model") for profile in _SIDES]
    names = next(filter(None, sides), {})
    for name in names:
        part = name.partition(" ")[0]
        course, student = reported.TEXT[part]
        goals = [_goal("6_text_classification", profile, _GOAL_OF[part]) for profile in _SIDES]
        values = [number(side[name]["test"], 4) if name in side else NOTHING for side in sides]
        yield _row(f"{name}, test accuracy", f"{course}; a student {student}", goals, values)


def _by(record: Record | None, name: str) -> dict[str, Mapping[str, Any]]:
    return {row[name]: row for row in record.results} if record else {}

"""Makes ``docs/results.md`` of the records, and of nothing else: the same records give the same page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from autograder.assignment import Assignment
from autograder.course import Course
from autograder.files import write_whole
from autograder.reproducing import sections
from autograder.reproducing.experiments import EXPERIMENTS, Experiment
from autograder.reproducing.glance import Records, overview, shown
from autograder.reproducing.record import Record
from autograder.reproducing.running import read_records
from autograder.reproducing.tables import NOTHING, number, paragraph, seconds, table

HOMEWORK = "hw2"
_PROBLEMS = {
    "transfer_learning": "1 Transfer learning",
    "style_transfer": "2 Style transfer",
    "captioning": "5 Image captioning",
    "text_classification": "6 Text classification",
}
_GRADER = {"grading": "Grading", "layers": "Recurrent layers", "attacks": "Attacks"}
_TOP = """\
# Results

<!-- Made by `course reproduce` from docs/results/*.json. Changes by hand are lost. -->

What the homework's documents report, and what the course's own solutions reach. `course reproduce` makes this page: it
runs what can be run with the data on your machine, leaves a record of each run in `docs/results/`, and writes the page
anew. `course reproduce --list` says what can be run and what is missing; each table names the command that makes it
again.

## At a glance

*Real data* are the homework's own, or the closest thing that was at hand: see [Not run](#not-run). *Embedded data* are
drawn from a seed and need no download. A *goal* is the number that brings a student the points in that profile."""
_NOTES = {
    "transfer_learning": "The best epoch is chosen on the validation pictures, as there are no others; so is the "
    "learning rate of SqueezeNet's finetune, among three.",
    "style_transfer": "In the full profile the homework's weights as they stand, which are made for SqueezeNet 1.1.",
    "captioning": "Both cells learn captions by heart, one of each picture; the extra credit learns all captions of "
    "the training pictures. BLEU-1 compares with all captions of a picture.",
    "text_classification": "Hyperparameters were chosen on dev; test is looked at when they are fixed.",
}


def make_page(records: Records, assignment: Assignment) -> str:
    """The page of some records.

    Parameters
    ----------
    records : mapping
        By the names of their experiments.
    assignment : Assignment
        The homework's policy, for the budgets.

    Raises
    ------
    UsageError
        If the results of a record are not such as its script writes.
    """
    problems, grader = [], []
    for group, title in _PROBLEMS.items():
        problems += [f"## {title}", paragraph(_NOTES[group]), *sections.problem(records, group)]
    for name, title in _GRADER.items():
        grader += [f"## {title}", *_of_the_grader(name, records.get(name))]
    parts = [_TOP, overview(records), *_real_data(records), "## Not run", *_not_run(records)]
    parts += [*problems, *grader, "## How it was run", *_how(records, assignment)]
    return "\n\n".join(parts) + "\n"


def write_page(course: Course) -> Path:
    """Write the page of a course's records.

    Raises
    ------
    UsageError
        If a file in ``docs/results/`` is no record, or one of something else.
    """
    text = make_page(read_records(course), course.assignment(HOMEWORK))
    return write_whole(course.root / "docs" / "results.md", text)


def _real_data(records: Records) -> Iterator[str]:
    """Which data and models the column of real data is about."""
    parts = []
    for group, title in _PROBLEMS.items():
        record = shown(records, group, "full")
        if record is not None:
            experiment = EXPERIMENTS[record.experiment]
            original = EXPERIMENTS.get(experiment.stands_in_for)
            instead = f" (in the place of {_new_in(original, experiment)})" if original else ""
            parts.append(f"problem {title[0]}, {experiment.title}{instead}")
    if parts:
        yield paragraph(f"Real data: {'; '.join(parts)}. Times in this table are of the processor.")


def _new_in(original: Experiment, stand_in: Experiment) -> str:
    """What of an experiment's title its stand-in lacks."""
    known = stand_in.title.split(", ")
    return ", ".join(part for part in original.title.split(", ") if part not in known)


def _not_run(records: Records) -> Iterator[str]:
    rows = []
    for experiment in EXPERIMENTS.values():
        if experiment.profile != "full" or experiment.stands_in_for or experiment.name in records:
            continue
        closest = next((e for e in EXPERIMENTS.values() if e.stands_in_for == experiment.name), None)
        lacking = [need for need in experiment.needs if closest is None or need not in closest.needs]
        instead = closest.title if closest and closest.name in records else "nothing"
        remedies = "; ".join(need.remedy for need in lacking)
        rows.append([_problem_of(experiment), experiment.title, remedies, instead])
    for name, title in _GRADER.items():
        if name not in records:
            rows.append([title, EXPERIMENTS[name].title, f"`course reproduce {name}` and a quiet machine", "nothing"])
    if all(record["device"] == "cpu" for record in records.values()):
        rows.append(["1, 2", "on a GPU", "a machine with CUDA: it is used where it is", "on the processor"])
    if rows:
        yield table(["problem", "not run", "what it takes", "run in its place"], rows, left=4)
    else:
        yield "Nothing is left: everything has a record."


def _problem_of(experiment: Experiment) -> str:
    return _PROBLEMS[experiment.group].partition(" ")[0]


def _of_the_grader(name: str, record: Record | None) -> list[str]:
    if record is None:
        return [f"No record yet: `course reproduce {name}`, on a machine that has nothing else to do."]
    notes = [paragraph(record.tree["note"])] if "note" in record.tree else []
    title = EXPERIMENTS[name].title
    return [f"**{title[0].upper()}{title[1:]}.** `course reproduce {name}`", *notes, *sections.of(record)]


def _how(records: Records, assignment: Assignment) -> Iterator[str]:
    budgets = {profile: limits.notebook_seconds for profile, limits in assignment.profiles.items()}
    said = " and ".join(f"{seconds(value)} in the {profile} profile" for profile, value in budgets.items())
    yield paragraph(
        "*Processor* is time of a processor core, which hardly depends on what else a machine does; *wall* is time on "
        "the clock, and *load* how many processes wanted a core before and after. A student's whole notebook may take "
        f"{said}, on the clock."
    )
    rows = [_run(name, record) for name, record in records.items()]
    yield table(["record", "date", "seed", "threads", "load", "wall", "processor"], rows)
    machines: dict[str, list[str]] = {}
    for name, record in records.items():
        machines.setdefault(_machine(record), []).append(name)
    for machine, names in machines.items():
        which = f": {', '.join(f'`{name}`' for name in names)}" if len(machines) > 1 else ""
        yield paragraph(f"{machine}{which}.")


def _run(name: str, record: Record) -> list[str]:
    load = record["load"] or []
    return [
        f"`{name}`",
        record["date"] or "unknown",
        NOTHING if record["seed"] is None else str(record["seed"]),
        str(record["threads"] or NOTHING),
        ", ".join(number(value, 1) for value in load) or NOTHING,
        seconds(record["wall_seconds"]),
        seconds(record["cpu_seconds"]),
    ]


def _machine(record: Record) -> str:
    """What it was run on, and with which versions."""
    if not record["processor"] or not record["versions"]:
        return "On a machine that was not noted"
    processor = f"{record['processor']}, {record['cores']} cores"
    device = processor if record["device"] == "cpu" else f"{record['device']} ({processor})"
    return f"On {device}, with {', '.join(f'{package} {number}' for package, number in record['versions'].items())}"

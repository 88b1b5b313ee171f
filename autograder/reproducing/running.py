"""Runs one experiment as a process of its own and keeps its record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from autograder.course import Course
from autograder.errors import CourseError, UsageError
from autograder.files import write_whole
from autograder.reproducing import charts, sections
from autograder.reproducing.experiments import EXPERIMENTS, Experiment
from autograder.reproducing.record import HEAD, Record, Recording, dumps, is_record, read

_THREADS = "OMP_NUM_THREADS"


class ExperimentFailed(CourseError):
    """A script ended with an error, or wrote no results."""


def records_folder(course: Course) -> Path:
    """Where the records are kept, numbers only."""
    return course.root / "docs" / "results"


def pictures_folder(course: Course, profile: str) -> Path:
    """Where pictures go: of the embedded data into the documentation, of real data where git ignores them."""
    return course.root / "docs" / "images" / "results" if profile == "smoke" else course.root / "results"


def log_file(course: Course, experiment: Experiment) -> Path:
    """What a script printed when it last ran."""
    return course.root / "results" / f"{experiment.name}.log"


def read_records(course: Course) -> dict[str, Record]:
    """The records that there are, by experiment.

    Raises
    ------
    UsageError
        If one of them is no record.
    """
    folder = records_folder(course)
    return {name: read(folder / f"{name}.json") for name in EXPERIMENTS if (folder / f"{name}.json").is_file()}


def run(course: Course, experiment: Experiment, watch: Callable[[str], None] = lambda line: None) -> Record:
    """Run an experiment; its record and its pictures take the place of the old ones when it is done.

    Parameters
    ----------
    course : Course
        Its ``benchmarks/`` holds the script.
    experiment : Experiment
    watch : callable
        Gets each line that the script prints.

    Raises
    ------
    ExperimentFailed
        If the script fails, or writes no results, or others than the page expects. The old record stays.
    """
    script = course.root / "benchmarks" / experiment.script
    folder = pictures_folder(course, experiment.profile)
    environment = {**os.environ, _THREADS: os.environ.get(_THREADS) or str(experiment.threads)}
    recording = Recording(experiment.group, experiment.profile, (str(script), *experiment.arguments))
    with tempfile.TemporaryDirectory(prefix="reproduce-") as temporary:
        target = Path(temporary) / "record.json"
        command = [sys.executable, str(script), *experiment.arguments, "--json", str(target)]
        command += ["--pictures", str(folder)] if experiment.pictures else []
        _call(command, course, environment, log_file(course, experiment), watch)
        tree = _read_results(target, experiment)
    if not is_record(tree):
        tree = recording.finish(_kept(tree, experiment), data=experiment.title, threads=int(environment[_THREADS]))
    return _keep(course, experiment, tree)


def take(course: Course, experiment: Experiment, path: Path) -> Record:
    """Take what a script wrote elsewhere, or at another time, in the place of running it.

    Parameters
    ----------
    course : Course
    experiment : Experiment
    path : Path
        What the script wrote for ``--json``. If it has no head, the record says that its machine was not noted.

    Raises
    ------
    ExperimentFailed
        If it holds no results of this experiment. The old record stays.
    """
    tree = _read_results(path, experiment)
    if not is_record(tree):
        known = {"name": experiment.group, "profile": experiment.profile, "data": experiment.title, "device": "cpu"}
        tree = {**dict.fromkeys(HEAD), **known, "results": _kept(tree, experiment)}
    if (tree["name"], tree["profile"]) != (experiment.group, experiment.profile):
        raise ExperimentFailed(f"{path} is a record of {tree['name']} {tree['profile']}".rstrip())
    return _keep(course, experiment, tree)


def _read_results(path: Path, experiment: Experiment) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExperimentFailed(f"{experiment.script} wrote no results: {error}") from error


def _kept(results: Any, experiment: Experiment) -> Any:
    try:
        return _by_theme(results) if experiment.name == "attacks" else results
    except AttributeError as error:
        raise ExperimentFailed(f"these are no results of {experiment.script}") from error


def _keep(course: Course, experiment: Experiment, tree: Any) -> Record:
    """Write a record and draw its pictures, if it is one that the page can show."""
    record = Record(experiment.name, json.loads(dumps(tree)))
    try:
        sections.of(record)
    except UsageError as error:
        raise ExperimentFailed(f"{experiment.script} wrote results that the page can't show: {error}") from error
    charts.draw(record, pictures_folder(course, experiment.profile))
    write_whole(records_folder(course) / f"{experiment.name}.json", dumps(tree))
    return record


def _by_theme(found: Mapping[str, Mapping[str, list[str]]]) -> dict[str, dict[str, dict[str, int]]]:
    """Of the attacks only their numbers: what each achieved names folders of the machine that it ran on."""
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for grader, achieved in found.items():
        themes = counts.setdefault(grader, {})
        for attack, successes in achieved.items():
            theme = themes.setdefault(attack.partition("/")[0], {"tried": 0, "succeed": 0})
            theme["tried"] += 1
            theme["succeed"] += bool(successes)
    return counts


def _call(
    command: list[str], course: Course, environment: Mapping[str, str], log: Path, watch: Callable[[str], None]
) -> None:
    last: deque[str] = deque(maxlen=1)
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("w", encoding="utf-8") as file,
        # Text mode takes the carriage returns of a progress bar for line ends.
        subprocess.Popen(
            command,
            cwd=course.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None
        try:
            for line in process.stdout:
                file.write(line)
                if line.strip():
                    last.append(line.strip())
                    watch(last[0])
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        said = last[0] if last else "it printed nothing"
        where = log.relative_to(course.root)
        raise ExperimentFailed(f"exit code {process.returncode}: {said} (all of it: {where})")

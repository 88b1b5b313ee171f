"""``course reproduce``: runs the experiments and makes the page of results."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from autograder.course import Course
from autograder.errors import CourseError, UsageError
from utils.data.errors import DataError

if TYPE_CHECKING:
    from autograder.reproducing.experiments import Choice

out = Console()
err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(reproduce)


def reproduce(
    names: Annotated[
        list[str] | None, typer.Argument(help="Experiments or groups of them; all but the long ones if none is given.")
    ] = None,
    profile: Annotated[str, typer.Option(help="Only smoke (embedded data) or only full (real data).")] = "",
    show: Annotated[bool, typer.Option("--list", help="Only say what can be run here, and what is missing.")] = False,
    taken: Annotated[
        Path | None, typer.Option("--from", help="Take one experiment's results from what its script wrote for --json.")
    ] = None,
    page_only: Annotated[bool, typer.Option("--page-only", help="Only write the page, from the records.")] = False,
) -> None:
    """Run the experiments behind docs/results.md with the data that are there, and write the page anew.

    What cannot be run is named with the file that it lacks, and its old record stays. An experiment that fails stops no
    other; the exit code is 1 then, and where nothing of what was named can be run.
    """
    from autograder.reproducing.experiments import choose
    from autograder.reproducing.page import write_page

    course = Course.find()
    with _one_line_errors():
        choices = choose(names or (), profile)
    if show:
        _show(course, choices)
        return
    if taken:
        _take(course, names or [], taken)
        page_only = True
    try:
        failed = [] if page_only else _run_all(course, choices)
    except KeyboardInterrupt:
        err.print("[red]course:[/red] stopped; what was done is kept: course reproduce --page-only", highlight=False)
        raise typer.Exit(130) from None
    out.print(f"wrote {write_page(course).relative_to(course.root)}", highlight=False)
    if failed:
        raise CourseError(f"failed: {', '.join(failed)}; the reasons are above")
    if names and not page_only and all(choice.reason for choice in choices):
        raise CourseError("nothing of it could be run; the reasons are above")


def _take(course: Course, names: list[str], path: Path) -> None:
    from autograder.reproducing.experiments import EXPERIMENTS
    from autograder.reproducing.running import take

    if len(names) != 1 or names[0] not in EXPERIMENTS:
        raise UsageError("--from takes the results of one experiment: name it, as `course reproduce --list` does")
    take(course, EXPERIMENTS[names[0]], path)


def _run_all(course: Course, choices: list[Choice]) -> list[str]:
    """Run what can be run; returns the names of those that failed."""
    from autograder.reproducing.running import ExperimentFailed, run

    failed = []
    for choice in choices:
        name = choice.experiment.name
        if choice.reason:
            out.print(
                f"{name}: not run: {choice.reason}", style="yellow", highlight=False, markup=False, soft_wrap=True
            )
            continue
        began = time.perf_counter()
        with err.status(f"{name}") as status:

            def watch(line: str, name: str = name, began: float = began) -> None:
                status.update(escape(f"{name}, {time.perf_counter() - began:.0f} s: {line[-90:]}"))

            try:
                run(course, choice.experiment, watch)
            except ExperimentFailed as error:
                failed.append(name)
                err.print(f"{name}: failed: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
                continue
        out.print(f"{name}: done in {time.perf_counter() - began:.0f} s", highlight=False)
    return failed


def _show(course: Course, choices: list[Choice]) -> None:
    from autograder.reproducing.running import read_records

    records = read_records(course)
    for choice in choices:
        experiment, record = choice.experiment, records.get(choice.experiment.name)
        state = "[yellow]not run   [/]" if choice.reason else "[green]can be run[/]"
        kept = f"record of {record['date'] or 'an unknown day'}" if record else "no record"
        out.print(state, f"{experiment.name}: {escape(experiment.title)}; {kept}", highlight=False, soft_wrap=True)
        if choice.reason:
            out.print(f"           {choice.reason}", highlight=False, markup=False, soft_wrap=True)


@contextmanager
def _one_line_errors() -> Iterator[None]:
    """Turn what is wrong with data into the error that the command line prints in one line."""
    try:
        yield
    except DataError as error:
        raise CourseError(str(error)) from error

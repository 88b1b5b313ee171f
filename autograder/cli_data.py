"""``course data``: what of the homework's data is on this machine, getting it, and checking it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from autograder.errors import CourseError, UsageError
from utils.data.errors import DataError, UnknownData
from utils.data.registry import DATA_SETS, DataSet, data_set
from utils.data.store import Location, State, cache_dir, locate, megabytes, mirror_dir

app = typer.Typer(no_args_is_help=True, help=__doc__)
out = Console()
err = Console(stderr=True)

_COLOURS = {State.COMPLETE: "green", State.INCOMPLETE: "red", State.MISSING: "yellow"}
Names = Annotated[list[str] | None, typer.Argument(help="Names of data sets; all if none is given.")]


@app.command()
def status() -> None:
    """Show which data sets are on this machine; exit code 1 if one is there but damaged."""
    with _one_line_errors():
        found = [locate(name) for name in DATA_SETS]
        mirror = mirror_dir()
    out.print(_table(found))
    out.print(f"cache: {cache_dir()}", highlight=False, markup=False)
    out.print(f"mirror: {mirror or 'none (COURSE_DATA_MIRROR)'}", highlight=False, markup=False)
    out.print("The smoke profile needs none of these; its data are drawn when they are first used.")
    _tell(found)
    if any(location.state is State.INCOMPLETE for location in found):
        raise typer.Exit(1)


@app.command()
def fetch(names: Names = None) -> None:
    """Download data sets and unpack them; run it again to go on where it stopped."""
    from utils.data.fetching import fetch as fetch_one

    failed = []
    for data in _chosen(names):
        try:
            path = fetch_one(data.name)
        except DataError as error:
            err.print(f"{data.name}: {error}", style="red", highlight=False, markup=False)
            failed.append(data.name)
        else:
            out.print(f"{data.name}: complete in {path}", highlight=False, markup=False, soft_wrap=True)
    if failed:
        raise CourseError(f"not fetched: {', '.join(failed)}; the reasons are above")


@app.command()
def verify(names: Names = None) -> None:
    """Check files against their sizes and hashes; exit code 1 if one of the data sets is missing or damaged.

    Without names, those that are on this machine are checked.
    """
    from utils.data.fetching import verify as verify_one

    with _one_line_errors():
        chosen = [data.name for data in _chosen(names)]
        found = [verify_one(name) for name in chosen]
    shown = found if names else [location for location in found if location.state is not State.MISSING]
    out.print(_table(shown))
    _tell(shown)
    if not shown:
        out.print("no data set is on this machine: course data fetch")
    if any(location.state is not State.COMPLETE for location in shown):
        raise typer.Exit(1)


def _chosen(names: list[str] | None) -> list[DataSet]:
    with _one_line_errors():
        return [data_set(name) for name in names] if names else list(DATA_SETS.values())


def _table(found: list[Location]) -> Table:
    table = Table()
    for title in ("name", "state", "size"):
        table.add_column(title, no_wrap=True, justify="right" if title == "size" else "left")
    for title in ("where", "licence", "for"):
        table.add_column(title, overflow="fold")
    for location in found:
        data, colour = location.data, _COLOURS[location.state]
        size = megabytes(location.size()) if location.path else f"~ {megabytes(data.size)}"
        where = f"{location.origin}: {location.path.name}" if location.path else "-"
        state = f"[{colour}]{location.state.value}[/{colour}]"
        problems = ", ".join(name.split("_")[0] for name in data.notebooks)
        table.add_row(data.name, state, size, where, data.licence, problems)
    return table


def _tell(found: list[Location]) -> None:
    for location in found:
        if location.problem:
            err.print(f"{location.data.name}: {location.problem}", style="yellow", highlight=False, markup=False)


@contextmanager
def _one_line_errors() -> Iterator[None]:
    """Turn what is wrong with data into the errors that the command line prints in one line."""
    try:
        yield
    except UnknownData as error:
        raise UsageError(str(error)) from error
    except DataError as error:
        raise CourseError(str(error)) from error

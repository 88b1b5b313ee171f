"""``course similar``: where two students may have written one submission."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autograder.course import Course

if TYPE_CHECKING:
    from autograder.similar import OnStep

out = Console()
err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(similar)


def similar(
    homework: Annotated[str, typer.Argument(help="A homework's name, such as hw2.")],
    at_least: Annotated[float, typer.Option(help="Which part of one side has to be shared, 0 to 1.")] = 0.5,
    top: Annotated[int, typer.Option(min=1, help="How many pairs to show.")] = 30,
    against: Annotated[
        list[Path] | None, typer.Option(help="A folder like submitted/ of another term; may be repeated.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Write the page here.", dir_okay=False)] = None,
) -> None:
    """Write a page of pairs of submissions that are alike beyond the release's own text."""
    from autograder.similar_page import make_page

    with _bar(err) as on_step:
        path, found = make_page(Course.find(), homework, at_least, top, against or (), to, on_step)
    pairs = "1 pair" if len(found.pairs) == 1 else f"{len(found.pairs)} pairs"
    out.print(f"{found.compared} submissions, {pairs} alike", highlight=False)
    for line in found.left_out:
        out.print(f"not compared: {line}", highlight=False, markup=False)
    out.print(f"wrote {path}", highlight=False, markup=False, soft_wrap=True)


@contextlib.contextmanager
def _bar(console: Console) -> Iterator[OnStep]:
    """Draw a bar that begins anew with each kind of work; nothing is written where nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("")

        def on_step(what: str, done: int, total: int) -> None:
            if what != progress.tasks[0].description:
                progress.reset(task, description=what, total=total)
            progress.update(task, completed=done)

        yield on_step

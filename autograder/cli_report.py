"""``course report``: one page about a class."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.course import Course

out = Console()


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(report)


def report(
    homework: Annotated[str, typer.Argument(help="A homework's name, such as hw2.")],
    names: Annotated[bool, typer.Option("--names", help="Name students, and show the grader's notes on them.")] = False,
    to: Annotated[Path | None, typer.Option(help="Write the page here.", dir_okay=False)] = None,
) -> None:
    """Write a page about the class: scores, tests, time, late and broken submissions, what is left to mark."""
    from autograder.reporting import make_report

    path = make_report(Course.find(), homework, names, to)
    out.print(f"wrote {path}", highlight=False, markup=False, soft_wrap=True)

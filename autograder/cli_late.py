"""``course late``: who is how late, what the free days paid for, and the penalties charged anew."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from autograder.course import Course

out = Console()
err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(late)


def late(
    homework: Annotated[str, typer.Argument(help="A homework's name, such as hw2.")],
    everybody: Annotated[bool, typer.Option("--all", help="Show those who were in time, too.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show; write no penalty.")] = False,
) -> None:
    """Charge late submissions anew, by extensions.csv, the term's free days and the scores as they are now."""
    from autograder.collecting.report import span
    from autograder.late import Term, charge

    course = Course.find()
    entries = charge(course, homework, write=not dry_run)
    table = Table(title=f"{homework}: late submissions")
    for title in ("student", "handed in", "extension", "late", "days", "free days", "free days left", "costs"):
        table.add_column(title, justify="left" if title in ("student", "handed in") else "right")
    shown = [entry for entry in entries if everybody or entry.days or entry.extension]
    for entry in shown:
        handed_in = entry.submitted.astimezone(entry.due.tzinfo).strftime("%Y-%m-%d %H:%M") if entry.submitted else "?"
        table.add_row(
            entry.student, handed_in, span(entry.extension.total_seconds()), span(entry.seconds), str(entry.days),
            str(entry.free_days), str(entry.free_days_left), f"{entry.percent:g} %" if entry.percent else "",
        )  # fmt: skip
    if shown:
        out.print(table)
    charged = sum(1 for entry in entries if entry.percent)
    out.print(f"{len(entries)} submissions, {charged} of them cost points", highlight=False)
    known = {entry.student for entry in entries}
    strangers = sorted({student for student, name in Term.load(course).extensions or () if name == homework} - known)
    if strangers:
        err.print(
            f"[yellow]course:[/yellow] extensions.csv names people without a graded submission: {', '.join(strangers)}",
            highlight=False,
        )

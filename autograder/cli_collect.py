"""``course collect`` and ``course roster``: submissions and students into the course."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.course import Course
from autograder.errors import UsageError

out = Console()
err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(collect)
    app.command()(roster)


def collect(
    homework: Annotated[str, typer.Argument(help="A homework's name, such as hw2.")],
    path: Annotated[Path, typer.Argument(help="The folder or zip, as the learning platform gives it.")],
    kind: Annotated[str, typer.Option("--from", help="auto, canvas, gradescope, moodle or plain.")] = "auto",
    roster: Annotated[Path | None, typer.Option(help="The class, in place of the course's roster.csv.")] = None,
    times: Annotated[
        Path | None, typer.Option(help="CSV with students and times, such as Moodle's grading worksheet.")
    ] = None,
    file_times: Annotated[
        bool, typer.Option("--file-times", help="Believe the files' own times where nothing better is known.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report to this file, too.")] = None,
) -> None:
    """Put submissions from Canvas, Gradescope, Moodle or plain folders into submitted/.

    Exit code 1 if something was nobody's, or held none of the notebooks; all else is collected then.
    """
    from autograder.collecting import Options
    from autograder.collecting import collect as run
    from autograder.collecting.report import remarks, table_of

    report = run(Course.find(), homework, path, Options(kind, roster, times, file_times, dry_run))
    out.print(table_of(report, homework))
    for line in remarks(report):
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    if json_file:
        json_file.write_text(json.dumps(report.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if not report.complete:
        err.print("[red]course:[/red] not all could be collected; see above", highlight=False)
        raise typer.Exit(1)


def roster(
    path: Annotated[Path | None, typer.Argument(help="The class; the course's roster.csv if not given.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the file.")] = False,
) -> None:
    """Check the roster and enter its students into nbgrader's gradebook."""
    from autograder.roster import ROSTER, fill_gradebook, load_roster

    course = Course.find()
    if path is None and not (course.root / ROSTER).exists():
        raise UsageError(f"{course.root / ROSTER} does not exist: expected a CSV file with the columns id, name, email")
    people = load_roster(course, path)
    assert people is not None
    changed = fill_gradebook(course, people, write=not dry_run)
    verb = "would be entered" if dry_run else "entered"
    out.print(f"{len(people.people)} students in {people.origin}; {len(changed)} {verb} into the gradebook")

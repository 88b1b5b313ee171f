"""The ``course`` command: a thin shell over the package."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder import (
    cli_bundle,
    cli_collect,
    cli_doctor,
    cli_export,
    cli_late,
    cli_mark,
    cli_report,
    cli_reproduce,
    cli_similar,
)
from autograder.cli_data import app as data_app
from autograder.course import Course
from autograder.errors import CourseError, UsageError
from autograder.kernel.imports import imports, keep_all
from autograder.results import Status, SubmissionResult

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(data_app, name="data")
out = Console()
err = Console(stderr=True)

Homework = Annotated[str, typer.Argument(help="A homework's name, such as hw2.")]
SandboxMode = Annotated[
    str, typer.Option(help="full: refuse to run without all layers; partial: go on with what is there; off.")
]
ProfileName = Annotated[str, typer.Option(help="smoke: embedded data, minutes on a laptop; full: the real data.")]


def main() -> None:
    """Run the command line; what goes wrong is one line on stderr and exit code 1 or 2, never a traceback."""
    try:
        with _one_line_errors():
            app()
    finally:
        keep_all()


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except UsageError as error:
        err.print(f"[red]course:[/red] {_plain(error)}", highlight=False)
        sys.exit(2)
    except (CourseError, OSError) as error:
        err.print(f"[red]course:[/red] {_plain(error)}", highlight=False)
        sys.exit(1)


def _plain(error: Exception) -> str:
    return str(error).replace("[", "\\[")


@app.command()
def sync(homework: Homework) -> None:
    """Build source/ from the text twins."""
    from autograder.release import sync_source

    _tell_changes(Course.find(), sync_source(Course.find(), homework))


@app.command()
def release(homework: Homework) -> None:
    """Build source/ and release/, and record the released cells in the gradebook."""
    from autograder.release import release as make

    _tell_changes(Course.find(), make(Course.find(), homework))


def _tell_changes(course: Course, changed: list[Path]) -> None:
    for path in changed:
        out.print(f"wrote {path.relative_to(course.root)}", highlight=False)
    if not changed:
        out.print("nothing changed")


@app.command()
def grade(
    homework: Homework,
    student: Annotated[list[str] | None, typer.Option(help="Grade this student only; may be repeated.")] = None,
    notebook: Annotated[str, typer.Option(help="Grade this notebook only.")] = "*",
    profile: ProfileName = "smoke",
    sandbox: SandboxMode = "full",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda: where notebooks that train do it.")] = "auto",
    jobs: Annotated[int, typer.Option(min=0, help="Notebooks at a time; as many as there are cores by default.")] = 0,
    scheduler: Annotated[str, typer.Option(help="Where: this machine by default, or tcp://..., local or slurm.")] = "",
    fresh: Annotated[bool, typer.Option("--fresh", help="Grade again what is graded already and unchanged.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the results to this file.")] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Print a line of JSON for each event, for a program.")] = False,
) -> None:
    """Grade the submissions of a homework and record their scores in the gradebook."""
    with imports():
        from autograder.grade import grade as run
        from autograder.options import Options
        from autograder.policy import GradingPolicy
        from autograder.progress import Bar, Lines

    course = Course.find()
    policy = GradingPolicy(course, course.assignment(homework), profile, sandbox, device)
    for warning in policy.warnings():
        err.print(f"[yellow]course:[/yellow] {warning}", highlight=False)
    options = Options(tuple(student or ()), notebook, jobs, scheduler, fresh)
    try:
        results = run(policy, options, Lines() if lines else Bar(err))
    except KeyboardInterrupt:
        err.print("[red]course:[/red] stopped; the same command goes on from here", highlight=False)
        raise typer.Exit(130) from None
    if not lines:
        show_scores(results, homework)
    if json_file:
        write_json(results, json_file)
    if any(n.status is Status.NOT_GRADED for result in results for n in result.notebooks):
        err.print("[red]course:[/red] not all could be graded; see above, and run the same command again")
        sys.exit(1)


@app.command()
def feedback(
    homework: Homework,
    student: Annotated[list[str] | None, typer.Option(help="Make this student's pages only; may be repeated.")] = None,
) -> None:
    """Make the pages that students get back."""
    from autograder.feedback_pages import make_feedback
    from autograder.late import charge

    course = Course.find()
    charge(course, homework)  # what was marked by hand since has changed what lateness costs
    pages = make_feedback(course, homework, tuple(student or ()))
    out.print(f"wrote {len(pages)} pages below {(course.root / 'feedback').relative_to(course.root)}/")


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where to put the demo's course; emptied first.")] = Path("demo"),
    sandbox: Annotated[str, typer.Option(help="As for grade; auto takes what this machine has.")] = "auto",
    everything: Annotated[
        bool, typer.Option("--all", help="All notebooks of hw2; those that train take minutes for each student.")
    ] = False,
) -> None:
    """Show the whole road on made-up submissions: release, grades, feedback."""
    from autograder.demo import QUICK, run_demo

    run_demo(Course.find(), folder, sandbox, out, notebooks=() if everything else QUICK)


for _module in (
    cli_collect,
    cli_late,
    cli_mark,
    cli_report,
    cli_export,
    cli_similar,
    cli_bundle,
    cli_doctor,
    cli_reproduce,
):
    _module.register(app)


def show_scores(results: list[SubmissionResult], homework: str) -> None:
    """Print the table of scores: one row a student, what is noteworthy below."""
    from autograder.table import score_table, what_to_know

    out.print(score_table(results, homework))
    for line in what_to_know(results):
        out.print(line, highlight=False, markup=False)


def write_json(results: list[SubmissionResult], path: Path) -> None:
    """Write all results as JSON: for each student and notebook its score, status, seconds and tests."""
    tree = [
        {
            "student": r.student,
            "score": r.score,
            "max_score": r.max_score,
            "notebooks": [n.as_json() for n in r.notebooks],
        }
        for r in results
    ]
    path.write_text(json.dumps(tree, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

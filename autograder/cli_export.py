"""``course export``: scores for other programs, and Gradescope's autograder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.course import Course
from autograder.errors import UsageError
from autograder.files import write_whole

out = Console()
err = Console(stderr=True)

TARGETS = ("csv", "canvas", "gradescope", "gradescope-autograder")
FOLDER = "exports"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(export)


def export(
    homework: Annotated[str, typer.Argument(help="A homework's name, such as hw2.")],
    to: Annotated[str, typer.Option(help=f"One of {', '.join(TARGETS)}.")] = "csv",
    path: Annotated[Path | None, typer.Option("--out", help="Where to write; below exports/ if not given.")] = None,
    template: Annotated[Path | None, typer.Option(help="canvas: an export of Canvas's to fill in.")] = None,
    column: Annotated[str, typer.Option(help="canvas: the column's name in it, or the assignment's number.")] = "",
    zeros: Annotated[bool, typer.Option("--zeros", help="canvas: 0 for those who handed in nothing.")] = False,
    torch_index: Annotated[
        str, typer.Option(help="gradescope-autograder: package index for torch, such as one for CPUs only.")
    ] = "",
) -> None:
    """Write the scores as CSV, for Canvas or for Gradescope, or build Gradescope's autograder.

    Lateness is charged anew before, by the scores as they are now.
    """
    if to not in TARGETS:
        raise UsageError(f"unknown target {to!r}; choose one of {', '.join(TARGETS)}")
    if to != "canvas" and (template or column or zeros):
        raise UsageError("--template, --column and --zeros belong to --to canvas")
    course = Course.find()
    course.assignment(homework)
    if to == "gradescope-autograder":
        _autograder(course, homework, path, torch_index)
    else:
        _scores(course, homework, to, path, template, column, zeros)


def _autograder(course: Course, homework: str, path: Path | None, torch_index: str) -> None:
    from autograder.exporting.gradescope_zip import autograder_zip

    target = path or course.root / FOLDER / f"{homework}_gradescope_autograder.zip"
    data = autograder_zip(course, homework, torch_index)
    write_whole(target, data)
    out.print(
        f"wrote {_shown(target)}, {len(data) / 2**20:.1f} MiB; it holds solutions and hidden tests", highlight=False
    )


def _scores(
    course: Course, homework: str, to: str, path: Path | None, template: Path | None, column: str, zeros: bool
) -> None:
    from autograder.exporting.canvas import canvas_csv, fill_template
    from autograder.exporting.gradescope import class_results
    from autograder.exporting.scores import class_scores, counted, plain_csv

    scores = class_scores(course, homework)
    if to == "gradescope":
        folder = path or course.root / FOLDER / f"{homework}_gradescope"
        made = class_results(course, scores)
        for student, tree in made.items():
            write_whole(folder / student / "results.json", json.dumps(tree, indent=1, ensure_ascii=False) + "\n")
        out.print(f"wrote {len(made)} results.json below {_shown(folder)}/", highlight=False)
    else:
        remarks: list[str] = []
        if to == "csv":
            text = plain_csv(scores)
            said = f"{sum(1 for student in scores.students if student.graded)} of {len(scores.students)} have a score"
        else:
            filled = fill_template(scores, template, column, zeros) if template else canvas_csv(scores, column, zeros)
            text, remarks = filled.text, filled.remarks
            said = f"{filled.filled} scores in {filled.column!r}"
        target = path or course.root / FOLDER / f"{homework}_{to}.csv"
        write_whole(target, text)
        out.print(f"wrote {_shown(target)}: {said}", highlight=False, markup=False, soft_wrap=True)
        for remark in remarks:
            err.print(remark, style="yellow", highlight=False, markup=False, soft_wrap=True)
    waiting = [student for student in scores.students if student.to_mark]
    if waiting:
        count = counted(sum(student.to_mark for student in waiting), "answer")
        err.print(f"not marked yet and counted 0: {count} of {counted(len(waiting), 'student')}", style="yellow")


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)

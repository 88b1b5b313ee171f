"""``course mark``: marking written answers in the browser."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from autograder.course import Course

out = Console()


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(mark)


def mark(
    homework: Annotated[str, typer.Argument(help="A homework's name, such as hw2.")],
    grader: Annotated[str, typer.Option(help="Show this grader's share first (graders.toml).")] = "",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to listen, on this machine only.")] = 8890,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Mark the written answers in nbgrader's formgrader, with the rubric beside them; Ctrl-C ends it."""
    from autograder.marking_server import serve

    def tell(address: str) -> None:
        out.print(f"marking {homework} at {address}", highlight=False, markup=False, soft_wrap=True)
        out.print("marks are saved as they are given; Ctrl-C ends the server", highlight=False)

    course = Course.find()
    course.assignment(homework)
    serve(course, homework, port, browser, tell, grader)

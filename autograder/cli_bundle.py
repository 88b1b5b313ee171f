"""``course bundle`` and ``course handout``: what students are given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from autograder.course import Course

out = Console()

Homework = Annotated[str, typer.Argument(help="A homework's name, such as hw2.")]
Folder = Annotated[Path | None, typer.Option("--to", help="The folder to write to; build/ in the course by default.")]


def register(app: typer.Typer) -> None:
    """Add the two commands."""
    app.command()(bundle)
    app.command()(handout)


def bundle(homework: Homework, to: Folder = None) -> None:
    """Make the zip that students get: notebooks, utils, requirements, a page to read first."""
    from autograder import bundling

    course = Course.find()
    path = bundling.bundle(course, homework, to or course.root / "build")
    size = path.stat().st_size / 2**20
    out.print(f"wrote {_shown(path)}, {size:.1f} MiB", highlight=False, markup=False, soft_wrap=True)
    if not bundling.read_published(course, homework).github:
        out.print(
            "no badges for Colab in it: if the unpacked bundle is in a public repository, say so in assignment.toml, "
            '[bundle] github = "owner/repository"',
            highlight=False,
            markup=False,
        )


def handout(
    homework: Homework,
    to: Folder = None,
    pdf: Annotated[bool, typer.Option(help="Print it as a PDF as well, which needs Chromium.")] = True,
) -> None:
    """Make the page with the rules, and a PDF of it."""
    from autograder.bundling import read_published
    from autograder.files import write_whole
    from autograder.handout import print_pdf, render_handout

    course = Course.find()
    text = render_handout(course, homework, read_published(course, homework))
    page = write_whole((to or course.root / "build") / f"{homework}_handout.html", text)
    out.print(f"wrote {_shown(page)}", highlight=False, markup=False, soft_wrap=True)
    if pdf:
        print_pdf(page, page.with_suffix(".pdf"))
        out.print(f"wrote {_shown(page.with_suffix('.pdf'))}", highlight=False, markup=False, soft_wrap=True)


def _shown(path: Path) -> str:
    """A path from here, if it lies here."""
    path = path.resolve()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)

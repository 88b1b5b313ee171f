"""The handout of a homework as a page of its own and as a PDF: the rules, for students to read and to print."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Protocol

from markupsafe import Markup

from autograder import pages
from autograder.assignment import Assignment, LateRule
from autograder.colab import BADGE, badge, badge_picture
from autograder.course import Course
from autograder.errors import CourseError, UsageError
from autograder.files import write_whole
from autograder.markup import render_markdown, svg_as_picture

HANDOUT = "handout.md"
COLAB = "<!-- colab -->"
"""A line of the handout that badges take the place of, or how to upload the folder."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
_SECONDS = 120


class Where(Protocol):
    """Where the unpacked bundle lies for everybody; see `autograder.bundling.Published`."""

    @property
    def github(self) -> str: ...

    @property
    def branch(self) -> str: ...


def render_handout(course: Course, homework: str, published: Where) -> str:
    """The handout as one self-contained HTML page.

    Raises
    ------
    UsageError
        If the homework has no ``handout.md``, or it doesn't begin with a title.
    """
    assignment = course.assignment(homework)
    path = course.twins(homework) / HANDOUT
    if not path.is_file():
        raise UsageError(f"{homework} has no handout: expected {path}")
    text = path.read_text(encoding="utf-8")
    found = re.match(r"# (.+)\n", text)
    if not found:
        raise UsageError(f"{path} must begin with a title, `# Homework ...`")
    body = text[found.end() :].replace(COLAB, on_colab(assignment, published))
    figures = {BADGE: svg_as_picture(badge_picture())} | {
        f"figures/{figure.name}": svg_as_picture(figure.read_text(encoding="utf-8"))
        for figure in sorted((course.twins(homework) / "figures").glob("*.svg"))
    }
    return pages.render("handout.html.j2", title=found[1], body=Markup(render_markdown(body, pictures=figures)))


def on_colab(assignment: Assignment, published: Where) -> str:
    """How to open the notebooks on Google Colab, as Markdown."""
    if not published.github:
        return (
            f"Upload the unpacked folder to *My Drive*, so that it is called `My Drive/{assignment.name}`, and open "
            "the notebooks from there."
        )
    rows = (f"| {n.title} | {badge(n.name, published.github, published.branch)} |" for n in assignment.notebooks)
    return "\n".join(("| notebook | |", "|---|---|", *rows))


def late_in_words(rule: LateRule) -> str:
    """The late rule in a sentence or two.

    >>> late_in_words(LateRule(grace_minutes=10, percent_per_day=10, max_percent=50))
    'Up to 10 minutes late costs nothing; after that each begun day costs 10 % of the points reached, at most 50 %.'
    """
    grace = (
        f"Up to {rule.grace_minutes:g} minutes late costs nothing; after that each" if rule.grace_minutes else "Each"
    )
    cost = f"{grace} begun day costs {rule.percent_per_day:g} % of the points reached, at most {rule.max_percent:g} %."
    free = rule.free_days_per_term
    if not free:
        return cost
    return f"{cost} Of all late days of a term, {free} {'is' if free == 1 else 'are'} free."


def find_browser() -> str | None:
    """The browser that prints PDFs, if there is one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def print_pdf(page: Path, pdf: Path) -> None:
    """Print one of our own pages, whole or not at all.

    Raises
    ------
    CourseError
        If there is no Chromium, or it fails.
    """
    browser = find_browser()
    if browser is None:
        raise CourseError(f"no PDF: Chromium was not found. Open {page} in a browser and print it, or install Chromium")
    with tempfile.TemporaryDirectory() as folder:
        printed = Path(folder) / "page.pdf"
        command = [
            *(browser, "--headless", "--disable-gpu", "--no-sandbox", "--no-pdf-header-footer"),
            *(f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}", page.resolve().as_uri()),
        ]
        try:
            result = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise CourseError(f"no PDF: {browser} did not print {page} within {_SECONDS} s") from error
        if not printed.is_file():
            said = result.stderr.strip().splitlines()[-1:] or ["nothing"]
            raise CourseError(f"no PDF: {browser} failed on {page} and said: {said[0]}")
        write_whole(pdf, printed.read_bytes())

"""The page of similar submissions: each pair with its two sides, what they share marked."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from markupsafe import Markup

from autograder.course import Course
from autograder.files import write_whole
from autograder.pages import render
from autograder.similar import Comparison, Document, OnStep, find_similar

_LONGEST = 60_000
"""Characters of one side that are shown."""


def make_page(
    course: Course,
    homework: str,
    at_least: float,
    top: int,
    against: Iterable[Path] = (),
    to: Path | None = None,
    on_step: OnStep | None = None,
) -> tuple[Path, Comparison]:
    """Compare a class and write the page; it and what was found.

    Parameters
    ----------
    top : int
        How many pairs to show.
    to : Path, optional
        Which file; ``reports/<homework>/similar.html`` in the course if not given.
    course, homework, at_least, against, on_step
        As `find_similar`, whose errors are raised too.

    Raises
    ------
    OSError
        If the page cannot be written.
    """
    comparison = find_similar(course, homework, at_least, against, on_step)
    page = render(
        "similar.html.j2",
        title=f"{homework}: submissions that are alike",
        homework=homework,
        comparison=comparison,
        shown=comparison.pairs[:top],
        at_least=at_least,
        marked=marked,
    )
    return write_whole(to or course.root / "reports" / homework / "similar.html", page), comparison


def marked(document: Document, passages: Iterable[tuple[int, int]]) -> Markup:
    """A student's text as HTML, every sign escaped, with the passages marked."""
    text, parts, at = document.text[:_LONGEST], [], 0
    for start, end in sorted(passages):
        start, end = max(start, at), max(min(end, len(text)), at)
        if start < end:
            parts += [escape(text[at:start]), "<mark>", escape(text[start:end]), "</mark>"]
            at = end
    parts.append(escape(text[at:]))
    if len(document.text) > _LONGEST:
        parts.append("\n[the rest is left out here]")
    return Markup("".join(parts))

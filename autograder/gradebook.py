"""nbgrader's gradebook, opened so that what is missing or broken is one clear line, and nothing is made by looking."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy.exc import SQLAlchemyError

from autograder.course import Course
from autograder.errors import GraderError, UsageError
from autograder.nbgrader_log import no_database_warnings

# nbgrader starts alembic, which makes its gradebook, by name; where the environment is not activated, it is found so.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


@contextmanager
def open_gradebook(course: Course, homework: str = "") -> Iterator[Gradebook]:
    """The course's gradebook, for as long as the context lasts.

    Parameters
    ----------
    course : Course
        The course.
    homework : str
        The homework that must have been released; without one, a gradebook that does not exist is made.

    Raises
    ------
    UsageError
        If there is no gradebook, or it does not have the homework.
    GraderError
        If it cannot be read or written.
    """
    path = course.root / "gradebook.db"
    if homework and course.gradebook_url.startswith("sqlite:///") and not path.is_file():
        raise UsageError(f"there is no gradebook: run `course release {homework}` first")
    try:
        with no_database_warnings(), Gradebook(course.gradebook_url) as gradebook:
            if homework:
                _require(gradebook, homework)
            yield gradebook
    except SQLAlchemyError as error:
        raise GraderError(f"the gradebook {path} cannot be used ({reason(error)}): put back a copy of it") from error


def _require(gradebook: Gradebook, homework: str) -> None:
    try:
        gradebook.find_assignment(homework)
    except MissingEntry as error:
        raise UsageError(f"the gradebook does not have {homework}: run `course release {homework}`") from error


def reason(error: SQLAlchemyError) -> str:
    """What the database said, without the statement that it said it of."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]

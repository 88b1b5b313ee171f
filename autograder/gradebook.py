"""Opening the gradebook to read it: what is missing or broken is said in one line, and nothing is made by looking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy.exc import SQLAlchemyError

from autograder.course import Course
from autograder.errors import GraderError, UsageError
from autograder.nbgrader_log import no_database_warnings


@contextmanager
def open_gradebook(course: Course, homework: str) -> Iterator[Gradebook]:
    """The gradebook, in which `homework` has been released.

    Raises
    ------
    UsageError
        If there is no gradebook (nbgrader would make an empty one), or it does not have the homework.
    GraderError
        If it cannot be read.
    """
    path = course.root / "gradebook.db"
    if course.gradebook_url.startswith("sqlite:///") and not path.is_file():
        raise UsageError(f"there is no gradebook: run `course release {homework}` first")
    try:
        with no_database_warnings(), Gradebook(course.gradebook_url) as gradebook:
            try:
                gradebook.find_assignment(homework)
            except MissingEntry as error:
                raise UsageError(f"the gradebook does not have {homework}: run `course release {homework}`") from error
            yield gradebook
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise GraderError(f"{path} cannot be read as a gradebook ({reason}): put back a copy of it") from error

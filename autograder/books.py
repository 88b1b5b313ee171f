"""nbgrader's gradebook, opened so that what is wrong with the file is one clear line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nbgrader.api import Gradebook
from sqlalchemy.exc import SQLAlchemyError

from autograder.course import Course
from autograder.errors import CourseError, UsageError
from autograder.nbgrader_log import no_database_warnings


@contextmanager
def open_gradebook(course: Course, homework: str = "") -> Iterator[Gradebook]:
    """The course's gradebook, for as long as the context lasts.

    Parameters
    ----------
    course : Course
        The course.
    homework : str
        The homework that must have been graded; without one, a gradebook that does not exist is made.

    Raises
    ------
    UsageError
        If there is no gradebook yet.
    CourseError
        If it cannot be read or written.
    """
    path = course.root / "gradebook.db"
    if homework and not path.exists():
        raise UsageError(f"nothing has been graded, there is no {path}: run `course grade {homework}` first")
    try:
        with no_database_warnings(), Gradebook(course.gradebook_url) as gradebook:
            yield gradebook
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise CourseError(f"the gradebook {path} cannot be used: {reason}") from error

"""Makes the feedback pages of a homework with nbgrader's converter."""

from __future__ import annotations

from pathlib import Path

from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.course import Course
from autograder.errors import GraderError, UsageError
from autograder.nbgrader_log import collected_log
from autograder.nbgrader_settings import configure


def make_feedback(course: Course, homework: str, students: tuple[str, ...] = ()) -> list[Path]:
    """Write one page for each graded notebook.

    Parameters
    ----------
    course : Course
        The course.
    homework : str
        The homework.
    students : tuple of str
        For whom; everybody who has been graded if empty.

    Returns
    -------
    list of Path
        The pages.

    Raises
    ------
    UsageError
        If nothing has been graded, or a named student has not been.
    GraderError
        If a page could not be made; all others are there then.
    """
    course.assignment(homework)
    graded = sorted(path.parent.name for path in (course.root / "autograded").glob(f"*/{homework}"))
    for student in students:
        if student not in graded:
            raise UsageError(f"{student} has not been graded: run `course grade {homework} --student {student}` first")
    if not graded:
        raise UsageError(f"nothing has been graded: run `course grade {homework}` first")
    failed = []
    for student in students or tuple(graded):
        config = configure(Config(), course.root)
        config.CourseDirectory.assignment_id = homework
        config.CourseDirectory.student_id = student
        config.GenerateFeedback.force = True
        with collected_log() as reasons:
            try:
                GenerateFeedback(coursedir=CourseDirectory(config=config), config=config, log=reasons.logger).start()
            except NbGraderException as error:
                failed.append(f"no feedback for {student}: {reasons.last() or error}")
    if failed:
        raise GraderError("\n".join(failed))
    return [page for s in students or graded for page in sorted(course.feedback(s, homework).glob("*.html"))]

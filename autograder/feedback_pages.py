"""Makes a homework's feedback: a page for each graded notebook, with nbgrader's converter, and one that holds all."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup
from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.classbook import ClassRecord, Mark, NotebookRecord, StudentRecord, read_class
from autograder.course import Course
from autograder.errors import GraderError, UsageError
from autograder.feedback_notebook import figures_of, question_names
from autograder.files import write_whole
from autograder.markup import render_markdown
from autograder.nbgrader_log import collected_log
from autograder.nbgrader_settings import configure
from autograder.pages import render

INDEX = "index.html"


def make_feedback(course: Course, homework: str, students: tuple[str, ...] = ()) -> list[Path]:
    """Write each student's pages: ``index.html`` with everything, and one for each graded notebook.

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
        The pages, each student's index first.

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
    chosen = tuple(dict.fromkeys(students)) or tuple(graded)
    record = read_class(course, homework, chosen)
    pages, failed = [], []
    for one in record.students:
        reason = _convert(course, homework, one.student)
        if reason:
            failed.append(f"no feedback for {one.student}: {reason}")
        else:
            pages += _with_index(course, record, one)
    if failed:
        raise GraderError("\n".join(failed))
    return pages


def _convert(course: Course, homework: str, student: str) -> str:
    """Make the notebooks' pages; why that failed, empty if it did not."""
    config = configure(Config(), course.root)
    config.CourseDirectory.assignment_id = homework
    config.CourseDirectory.student_id = student
    config.GenerateFeedback.force = True
    with collected_log() as reasons:
        try:
            GenerateFeedback(coursedir=CourseDirectory(config=config), config=config, log=reasons.logger).start()
        except (NbGraderException, SystemExit) as error:
            return reasons.last() or str(error) or "nbgrader stopped"
    return ""


@dataclass(frozen=True)
class _Part:
    """What the index shows of one notebook."""

    name: str
    title: str
    record: NotebookRecord
    page: str
    marks: list[tuple[Mark, Markup]]
    comments: list[tuple[str, Markup]]
    figures: list[tuple[str, str]]


def _with_index(course: Course, record: ClassRecord, student: StudentRecord) -> list[Path]:
    """Write the index; it and the pages that it links to."""
    homework = record.assignment.name
    folder = course.feedback(student.student, homework)
    parts = [_part(course, record, student, notebook) for notebook in student.notebooks]
    text = render(
        "feedback_index.html.j2",
        title=record.assignment.title,
        student=student,
        late=duration(student.seconds_late),
        parts_of=parts,
        names=question_names(course, homework),
    )
    path = folder / INDEX
    if path.is_dir():  # a folder that was handed in under this name
        shutil.rmtree(path)
    return [write_whole(path, text), *(folder / part.page for part in parts if part.page)]


def _part(course: Course, record: ClassRecord, student: StudentRecord, notebook: NotebookRecord) -> _Part:
    name, homework = notebook.result.notebook, record.assignment.name
    page = f"{name}.html" if (course.feedback(student.student, homework) / f"{name}.html").is_file() else ""
    copy = course.autograded(student.student, homework) / f"{name}.ipynb"
    return _Part(
        name,
        record.assignment.notebook(name).title,
        notebook,
        page,
        [(mark, _comment(mark.comment)) for mark in notebook.marks],
        [(question, _comment(text)) for question, text in notebook.comments],
        figures_of(copy) if page and copy.is_file() else [],
    )


def _comment(text: str) -> Markup:
    return Markup(render_markdown(text, deeper=3)) if text.strip() else Markup()


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> duration(129600), duration(5400), duration(90)
    ('1 d 12 h', '1 h 30 min', '2 min')
    """
    minutes = round(seconds / 60)
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"

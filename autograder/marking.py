"""What nbgrader's formgrader shows beside a written answer: its rubric, a bank of comments, and what was said before.

The formgrader renders a graded notebook with nbconvert; `nbgrader_settings` names `ShowRubric` among its steps and
``formgrader/marking.html.j2`` as its template, which extends nbgrader's own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.api import BaseCell, Comment, Notebook, SubmittedAssignment, SubmittedNotebook
from traitlets import Bool

from autograder.course import Course
from autograder.errors import CourseError
from autograder.gradebook import open_gradebook
from autograder.markup import render_markdown
from autograder.rubric import Question, load_comments, load_rubric

TEMPLATES = Path(__file__).with_name("formgrader")
TEMPLATE = "marking.html.j2"
_MOST_REMEMBERED = 6

Resources = dict[str, Any]


@dataclass(frozen=True)
class Panel:
    """What stands below one answer.

    Attributes
    ----------
    question : Question
        Its rubric.
    bank : tuple of str
        Comments from ``comments.toml``, those for every question last.
    remembered : tuple of str
        Comments that graders gave to others for this question, the most frequent first.
    """

    question: Question
    bank: tuple[str, ...]
    remembered: tuple[str, ...]


class ShowRubric(Preprocessor):
    """Gives the formgrader's template the rubric of each question, by ``grade_id``."""

    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Fill ``resources["panels"]``; the notebook stays as it is."""
        resources["panels"], resources["render_markdown"], resources["trouble"] = {}, render_markdown, ""
        root, homework = self.config.CourseDirectory.get("root"), resources.get("assignment_id")
        if root and homework:
            try:
                course = Course(Path(root))
                if homework in course.homeworks:
                    resources["panels"] = panels(course, homework, str(resources.get("student", "")))
            except CourseError as error:  # a broken rubric is told on the page, and stops nobody from marking
                resources["trouble"] = str(error)
        return nb, resources


def panels(course: Course, homework: str, student: str = "") -> dict[str, Panel]:
    """The panels of a homework's questions.

    Parameters
    ----------
    course, homework
        Which homework.
    student : str
        Whose answer is being marked; what was said to this student is not offered again.
    """
    bank = load_comments(course, homework)
    said = _said_before(course, homework, student)
    return {
        name: Panel(
            question,
            (*bank.get(name, ()), *bank.get("any", ())),
            tuple(text for text, _ in said.get(name, Counter()).most_common(_MOST_REMEMBERED)),
        )
        for name, question in load_rubric(course, homework).items()
    }


def _said_before(course: Course, homework: str, student: str) -> dict[str, Counter[str]]:
    """How often each comment was given, by question."""
    found: dict[str, Counter[str]] = {}
    with open_gradebook(course, homework) as gradebook:
        rows = (
            gradebook.db.query(BaseCell.name, Comment.manual_comment)
            .select_from(Comment)
            .join(BaseCell, Comment.cell_id == BaseCell.id)
            .join(SubmittedNotebook, Comment.notebook_id == SubmittedNotebook.id)
            .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
            .filter(Notebook.assignment_id == gradebook.find_assignment(homework).id)
            .filter(SubmittedAssignment.student_id != student)
        )
        for question, text in rows:
            if text and text.strip():
                found.setdefault(question, Counter())[text.strip()] += 1
    return found

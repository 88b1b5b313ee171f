"""A small web server for marking: nbgrader's formgrader, and a page that says what is left to mark.

Only these two run in it. There is no notebook interface and no kernel: nothing on the pages can start a student's
code.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.utils import url_path_join
from nbgrader.api import Gradebook
from tornado import web
from traitlets.config import Config

from autograder.classbook import read_class
from autograder.course import Course
from autograder.errors import CourseError, GraderError, UsageError
from autograder.feedback_notebook import question_names
from autograder.gradebook import open_gradebook
from autograder.graders import load_shares
from autograder.pages import render

FORMGRADER = "nbgrader.server_extensions.formgrader"


@dataclass(frozen=True)
class Answer:
    """One written answer that waits to be marked, or that has been.

    Attributes
    ----------
    question : str
        Its ``grade_id``.
    notebook : str
        Where it stands.
    number : int
        The number under which the formgrader shows the submission; it names nobody.
    submission : str
        nbgrader's id of the submitted notebook.
    grader : str
        In whose share it is.
    waiting : bool
        Whether it waits.
    """

    question: str
    notebook: str
    number: int
    submission: str
    grader: str
    waiting: bool


def answers(course: Course, homework: str) -> list[Answer]:
    """All written answers of a homework, by question and number.

    Raises
    ------
    UsageError, GraderError
        As `read_class`.
    """
    record, shares = read_class(course, homework), load_shares(course, homework)
    dealt = {question: shares.deal(question, record.roster) for question in record.questions}
    with open_gradebook(course, homework) as gradebook:
        numbers = {n.name: _numbers(course, homework, n.name, gradebook) for n in record.assignment.notebooks}
    found = []
    for student in record.students:
        for notebook in student.notebooks:
            entry = numbers[notebook.result.notebook].get(student.student)
            for mark in notebook.marks if entry else ():
                assert entry is not None
                grader = dealt[mark.question][student.student]
                found.append(Answer(mark.question, notebook.result.notebook, *entry, grader, mark.waiting))
    return sorted(found, key=lambda answer: (answer.notebook, answer.question, answer.number))


def _numbers(course: Course, homework: str, notebook: str, gradebook: Gradebook) -> dict[str, tuple[int, str]]:
    """The formgrader's number and nbgrader's id of each student's graded notebook."""
    entries = gradebook.notebook_submissions(notebook, homework)
    there = [e for e in entries if (course.autograded(e.student.id, homework) / f"{notebook}.ipynb").is_file()]
    return {entry.student.id: (number, entry.id) for number, entry in enumerate(there, start=1)}


class LeftToMark(JupyterHandler):
    """The page that marking starts from."""

    def initialize(self, course: Course, homework: str) -> None:
        self.course, self.homework = course, homework

    @web.authenticated
    def get(self) -> None:
        """Answer with the page; ``?grader=ana`` shows one share."""
        grader = self.get_query_argument("grader", "")
        try:
            self.finish(left_page(self.course, self.homework, grader, self.base_url))
        except CourseError as error:
            raise web.HTTPError(500, str(error)) from error


def left_page(course: Course, homework: str, grader: str = "", base_url: str = "/") -> str:
    """The page of what is left to mark, all of it or one grader's share."""
    everything = answers(course, homework)
    shown = [answer for answer in everything if grader in ("", answer.grader)]
    names = question_names(course, homework)
    order = {name: place for place, name in enumerate(names)}  # the rubric's, which is the notebooks'
    questions = sorted(
        {(answer.notebook, answer.question) for answer in shown}, key=lambda pair: order.get(pair[1], len(order))
    )
    return render(
        "marking.html.j2",
        title=f"{homework}: left to mark",
        grader=grader,
        graders=sorted({answer.grader for answer in everything}),
        groups=[(where, name, [a for a in shown if a.question == name]) for where, name in questions],
        names=names,
        left=sum(answer.waiting for answer in shown),
        base=base_url.rstrip("/"),
        homework=homework,
    )


class NoKernels(AsyncMappingKernelManager):
    """Starts no kernel, whoever asks: what lies below ``autograded/`` is not to run with a grader's rights."""

    async def start_kernel(self, **kwargs: Any) -> str:  # type: ignore[override]
        """Refuse."""
        raise web.HTTPError(403, "this server only shows and marks notebooks")


def serve(
    course: Course, homework: str, port: int, browser: bool, tell: Callable[[str], None], grader: str = ""
) -> None:
    """Run the server until it is stopped.

    Parameters
    ----------
    course, homework
        What to mark.
    port : int
        Where; the next free one if it is taken.
    browser : bool
        Whether to open the page.
    tell : callable
        Called with the address, once the server listens.
    grader : str
        Whose share to show first; all if empty.

    Raises
    ------
    UsageError
        If nothing can be marked, or `grader` is in no share.
    GraderError
        If the gradebook cannot be written, or no port is free.
    """
    if not any(path.is_file() for path in (course.root / "autograded").glob(f"*/{homework}/*.ipynb")):
        raise UsageError(f"nothing has been graded: run `course grade {homework}` first")
    graders = load_shares(course, homework).graders
    if grader and grader not in graders:
        raise UsageError(f"{grader} marks nothing of {homework}; graders.toml has: {', '.join(graders) or 'nobody'}")
    left_page(course, homework)  # what is wrong with the gradebook or the rubric is said here, not in the browser
    if not os.access(course.root / "gradebook.db", os.W_OK) or not os.access(course.root, os.W_OK):
        raise GraderError(f"{course.root / 'gradebook.db'} cannot be written: marks would be lost")
    start = f"/marking/{homework}" + (f"?grader={grader}" if grader else "")
    with tempfile.TemporaryDirectory(prefix="marking-") as folder:
        os.environ["JUPYTER_RUNTIME_DIR"] = folder
        os.chdir(course.root)  # where nbgrader looks for its configuration
        app = ServerApp(config=_config(course, port, browser, start))
        try:
            app.initialize(argv=[], find_extensions=False)
        except SystemExit as error:
            raise GraderError(f"the server did not start; is port {port} taken?") from error
        page = (
            url_path_join(app.base_url, f"/marking/{homework}/?"),
            LeftToMark,
            {"course": course, "homework": homework},
        )
        app.web_app.add_handlers(".*$", [page])
        token = f"{'&' if grader else '?'}token={app.identity_provider.token}" if app.identity_provider.token else ""
        # Called by the running server, when it listens.
        app.io_loop.add_callback(lambda: tell(f"http://127.0.0.1:{app.port}{start}{token}"))
        app.start()


def _config(course: Course, port: int, browser: bool, start: str) -> Config:
    config = Config()
    server: Any = config.ServerApp
    server.root_dir, server.port, server.ip = str(course.root), port, "127.0.0.1"
    server.open_browser, server.default_url = browser, start
    server.jpserver_extensions = {FORMGRADER: True}
    server.terminals_enabled, server.answer_yes, server.log_level = False, True, "ERROR"
    server.allow_root = hasattr(os, "geteuid") and os.geteuid() == 0
    server.kernel_manager_class = NoKernels
    config.FormgradeExtension.debug = False
    return config

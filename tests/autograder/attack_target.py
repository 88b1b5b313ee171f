"""This grader as the target of attacks: a small copy of the course with short limits."""

from __future__ import annotations

import json
import os
import re
import sys
import traceback
from pathlib import Path
from typing import Any
from unittest import mock

import browser
import numpy as np
from attack_bank import FUNCTIONS, ROOT, Graded

from autograder import testing
from autograder.course import Course
from autograder.demo import copy_course
from autograder.errors import CourseError
from autograder.feedback_pages import make_feedback
from autograder.grade import grade
from autograder.options import Options
from autograder.policy import GradingPolicy
from autograder.pool import InProcess
from autograder.release import release
from autograder.results import NotebookResult
from autograder.samples import fill_in, solutions_of
from autograder.student import Student

HOMEWORK, NOTEBOOK = "hw2", "3_rnn"
LIMITS = {"cell_seconds": 5, "notebook_seconds": 30, "call_seconds": 3, "memory_mib": 1024, "disk_mib": 64}


def lay_out(folder: Path) -> Course:
    """A released course with little patience, whose notebook has only the cells that are graded or solutions.

    A submission then takes a second, and not three: what is left out plots and trains, which no attack is about.
    """
    course = copy_course(Course(ROOT), folder, keep=(NOTEBOOK,))
    policy = course.root / "assignments" / HOMEWORK / "assignment.toml"
    text = policy.read_text(encoding="utf-8")
    for name, value in LIMITS.items():
        text = re.sub(rf"(?m)^{name} = \d+", f"{name} = {value}", text)
    policy.write_text(text, encoding="utf-8")
    twin = course.twins(HOMEWORK) / f"{NOTEBOOK}.py"
    head, *cells = re.split(r"^(?=# %%)", twin.read_text(encoding="utf-8"), flags=re.MULTILINE)
    kept = [cell for cell in cells if re.match(r'.*("grade": true|"solution": true|"setup")', cell)]
    twin.write_text(head + "".join(kept).replace("import matplotlib.pyplot as plt\n", ""), encoding="utf-8")
    find_programs()
    release(course, HOMEWORK)
    return course


def find_programs() -> None:
    """Let nbgrader find the program that it runs, by its name, when it makes a gradebook."""
    own = str(Path(sys.executable).parent)
    if own not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = f"{own}{os.pathsep}{os.environ['PATH']}"


class Ours:
    """Grades with this package.

    Parameters
    ----------
    course : Course
        As `lay_out` made it.
    sandbox : str
        As for ``course grade``.
    """

    def __init__(self, course: Course, sandbox: str = "full") -> None:
        self.course = course
        self.root = course.root
        self.policy = GradingPolicy(course, course.assignment(HOMEWORK), "smoke", sandbox)
        self._workers: dict[bool, InProcess] = {}
        solutions = solutions_of(course, HOMEWORK, NOTEBOOK)
        self._cells = {
            "blank": {},
            "partly": {name: solutions[name] for name in FUNCTIONS if name.endswith("forward")},
            "right": solutions,
        }

    def submission(self, base: str) -> dict[str, Any]:
        """A notebook as handed in, in plain containers."""
        return json.loads(json.dumps(fill_in(self.course, HOMEWORK, NOTEBOOK, self._cells[base])))

    def grade(self, student: str, second_try: bool = False) -> Graded:
        """Grade one student's notebook as ``course grade --student`` does.

        The second run of what rests on wrong functions takes two more kernels, so it is left out unless asked for.
        """
        testing.load_groups(HOMEWORK)
        needs = testing._needs if second_try else {}
        with mock.patch.object(testing, "_needs", needs), recorded_inputs() as inputs:
            if second_try not in self._workers:
                self._workers[second_try] = InProcess(self.policy.run(self.policy.records(), threads=1))
            options = Options((student,), NOTEBOOK, fresh=True)
            try:
                (submission,) = grade(self.policy, options, scheduler=self._workers[second_try])
            except Exception:  # whatever gets out of `grade` has stopped the grading of all others
                return Graded(0.0, trouble=traceback.format_exc(limit=-3))
        (result,) = submission.notebooks
        return Graded(result.score, str(result.status), _shown(result), frozenset(inputs))

    def pages(self, student: str, browse: bool = False) -> list[str]:
        """Make the feedback pages as ``course feedback`` does."""
        if not self.course.autograded(student, HOMEWORK).is_dir():
            return []
        try:
            make_feedback(self.course, HOMEWORK, (student,))
        except CourseError as error:
            return [f"no feedback could be made: {error}"]
        return scripts_in(self.course.feedback(student, HOMEWORK)) if browse else []


def scripts_in(folder: Path) -> list[str]:
    """What scripts of attacks did on the pages in a folder, seen in a browser where there is one."""
    if browser.PROGRAM is None:
        return []
    pages = (browser.open_page(path.read_text(encoding="utf-8")) for path in folder.glob("*.html"))
    return [f"a script ran on the page: {page.ran[:80]}" for page in pages if page.ran]


def _shown(result: NotebookResult) -> str:
    tests = [f"{test.name} {test.message}" for cell in result.cells for test in cell.tests]
    return "\n".join([*result.notes, *tests])


class recorded_inputs:  # noqa: N801  (reads as a verb)
    """Collects six digits of each number that hidden tests send to a kernel."""

    def __enter__(self) -> set[str]:
        found: set[str] = set()
        original = Student.call

        def call(student: Student, name: str, *args: Any, **kwargs: Any) -> Any:
            for array in (arg for arg in args if isinstance(arg, np.ndarray)):
                for number in array.flat:
                    digits = f"{abs(float(number)):.6f}".replace(".", "").lstrip("0")[:6]
                    if len(digits) > 4:
                        found.add(digits)
            return original(student, name, *args, **kwargs)

        self._patch = mock.patch.object(Student, "call", call)
        self._patch.start()
        return found

    def __exit__(self, *error: object) -> None:
        self._patch.stop()

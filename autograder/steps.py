"""The grader's steps in the form that nbgrader calls: an exporter that sanitises, preprocessors that grade and check.

``nbgrader_config.py`` puts them into nbgrader's own lists, so that plain ``nbgrader autograde`` runs exactly what
``course grade`` runs.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.plugins import BasePlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from autograder import notebooks
from autograder.course import Course
from autograder.errors import ReleaseMismatch, UsageError
from autograder.grading import grade_notebook
from autograder.late import Term, sync_policy
from autograder.policy import GradingPolicy
from autograder.record import groups_in, load_record
from autograder.results import Status
from autograder.sanitise import sanitise_file
from autograder.siblings import submitted_siblings

Resources = dict[str, Any]
_REGION = re.compile(r"BEGIN SOLUTION[^\n]*\n(.*?)[^\n]*END SOLUTION", re.DOTALL)
_MARKS = (
    "BEGIN SOLUTION",
    "END SOLUTION",
    "BEGIN HIDDEN TESTS",
    "END HIDDEN TESTS",
    "hidden_tests(",
    "from autograder",
)


class SubmissionExporter(NotebookExporter):
    """Reads notebooks for ``nbgrader autograde``: a submission is rebuilt from the release instead of being parsed."""

    def from_filename(self, filename: str, resources: Resources | None = None, **kwargs: Any) -> Any:
        """Sanitise a file below ``submitted/``; read the graded copies below ``autograded/`` as they are."""
        assert resources is not None
        path = Path(filename).resolve().parent / Path(filename).name
        # Not from the file upwards: a submission may hold what looks like the root of a course.
        course = Course.find()
        if not path.is_relative_to(course.root / "submitted"):
            return super().from_filename(filename, resources, **kwargs)
        names = resources["nbgrader"]
        policy = GradingPolicy.load(course, names["assignment"])
        sync_policy(course, names["assignment"])
        record = load_record(course, names["assignment"], names["notebook"])
        clean = sanitise_file(path, record, policy.limits.submission_mib * 2**20)
        clean.notebook.metadata["course"] = nbformat.from_dict(
            {"status": str(clean.status), "notes": list(clean.notes)}
        )
        return self.from_notebook_node(clean.notebook, resources, **kwargs)


class GradeNotebook(NbGraderPreprocessor):
    """Runs a sanitised notebook and its hidden tests; takes the place of nbgrader's ``Execute``."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Put outputs, scores and results into the notebook."""
        names = resources["nbgrader"]
        course = Course.find()
        policy = GradingPolicy.load(course, names["assignment"])
        setup = policy.setup(names["notebook"])
        most = policy.limits.submission_mib * 2**20
        siblings = submitted_siblings(course, setup.record, names["student"], most)
        said = nb.metadata.get("course", {})
        status, notes = Status(said.get("status", "graded")), tuple(said.get("notes", ()))
        result = grade_notebook(nb, setup, names["student"], status, notes, siblings)
        self.log.info("%s %s: %s", names["student"], names["notebook"], result.status)
        return nb, resources


class RememberSolutions(NbGraderPreprocessor):
    """First step of a release: notes which lines are solutions, for `RefuseLeaks` to look for at the end."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Collect lines that stand between solution markers and nowhere else."""
        inside, outside = set(), set()
        for cell in nb.cells:
            regions = _REGION.findall(cell.source)
            inside.update(_lines("\n".join(regions)))
            outside.update(_lines(_REGION.sub("", cell.source)))
        resources["solution_lines"] = inside - outside
        return nb, resources


class RefuseLeaks(NbGraderPreprocessor):
    """Last step of a release: stops it if a solution or a hidden test is left, or a graded cell has no hidden test."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Raise `ReleaseMismatch` that names the cell."""
        for cell in nb.cells:
            name = notebooks.grade_id_of(cell) or cell.source[:40]
            for mark in _MARKS:
                if mark in cell.source:
                    raise ReleaseMismatch(f"not released: the cell {name!r} still holds `{mark}`")
            left = resources.get("solution_lines", set()).intersection(_lines(cell.source))
            if left:
                raise ReleaseMismatch(
                    f"not released: the cell {name!r} still holds a line of a solution: {left.pop()!r}"
                )
            if cell.get("outputs"):
                raise ReleaseMismatch(f"not released: the cell {name!r} has outputs")
        return nb, resources


class RequireHiddenTests(NbGraderPreprocessor):
    """Stops a release in which a graded code cell calls no hidden tests: it would be worth nothing, or free."""

    def preprocess_cell(self, cell: NotebookNode, resources: Resources, index: int) -> tuple[NotebookNode, Resources]:
        """Raise `ReleaseMismatch` that names the cell."""
        meta = notebooks.meta_of(cell)
        if cell.cell_type == "code" and meta.get("grade") and not meta.get("solution") and not groups_in(cell.source):
            raise ReleaseMismatch(f"not released: the grading cell {meta['grade_id']!r} calls no hidden_tests(...)")
        return cell, resources


class RecordPolicy(NbGraderPreprocessor):
    """Writes the due date of ``assignment.toml`` into the gradebook when a homework is released."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Update the gradebook; the notebook stays as it is."""
        sync_policy(Course.find(), resources["nbgrader"]["assignment"])
        return nb, resources


class LateRulePlugin(BasePlugin):
    """nbgrader's plugin for late submissions, by the rule in ``assignment.toml``."""

    homework = Unicode(help="The homework whose rule applies; found from the command when empty.").tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        """Points that lateness costs, or None for none."""
        course = Course.find()
        homework = self.homework or self._homework_of_run(course)
        term = Term.load(course)
        # The step that asks has the gradebook open; a plugin made by hand has not.
        opened = getattr(self.parent, "gradebook", None)
        if opened is not None:
            late = term.lateness(course, opened, student_id, homework)
        else:
            with Gradebook(course.gradebook_url) as gradebook:
                late = term.lateness(course, gradebook, student_id, homework)
        if late.submitted is None:
            return course.assignment(homework).late.penalty(score, total_seconds_late) or None
        return late.penalty(score) or None

    def _homework_of_run(self, course: Course) -> str:
        """The homework that nbgrader is grading; the plugin's interface does not say it, its parents do."""
        parent: Any = self
        while parent is not None:
            coursedir = getattr(parent, "coursedir", None)
            if coursedir is not None and coursedir.assignment_id:
                return str(coursedir.assignment_id)
            parent = getattr(parent, "parent", None)
        raise UsageError("which homework is late cannot be told: set c.LateRulePlugin.homework")


def _lines(source: str) -> set[str]:
    """Lines that are long enough to give something away."""
    return {
        line.strip() for line in source.splitlines() if len(line.strip()) >= 20 and not line.strip().startswith("#")
    }

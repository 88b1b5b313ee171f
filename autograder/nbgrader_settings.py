"""nbgrader's configuration: its own lists of steps with the course's steps in them.

Used twice, by ``nbgrader_config.py`` for nbgrader's verbs and by the ``course`` command, so the two cannot differ.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearHiddenTests,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    GetGrades,
    LockCells,
    SaveAutoGrades,
    SaveCells,
)
from traitlets.config import Config

from autograder.feedback import FeedbackExporter, SafeContent, safe_markdown
from autograder.marking import TEMPLATE, TEMPLATES, ShowRubric
from autograder.steps import (
    GradeNotebook,
    LateRulePlugin,
    RecordPolicy,
    RefuseLeaks,
    RememberSolutions,
    RequireHiddenTests,
    SubmissionExporter,
)
from autograder.submissions import IGNORED, refuse_links

COURSE_ID = "eecs498"


RELEASE_STEPS = [
    RememberSolutions,  # before the solutions are cleared, to look for them at the end
    RequireHiddenTests,  # while the hidden regions are still there
    LockCells,
    ClearSolutions,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    SaveCells,  # records the cells with their hidden tests, so it comes before these are cleared
    RecordPolicy,  # the gradebook has the homework only from here on
    ClearHiddenTests,
    ComputeChecksums,  # once more: the text of the grading cells has changed
    CheckCellMetadata,
    RefuseLeaks,  # the last word
]

SANITISE_STEPS = [
    CheckCellMetadata,  # the exporter has rebuilt the notebook; this says that the result is nbgrader's
]

GRADING_STEPS = [
    GradeNotebook,  # runs the cells and the hidden tests, and writes the scores as outputs
    SaveAutoGrades,  # reads the scores from there
    AssignLatePenalties,  # of the score that was just saved
    CheckCellMetadata,
]

FEEDBACK_STEPS = [
    GetGrades,
    ClearHiddenTests,  # never there in our graded copies; a copy made by other means may have them
    SafeContent,
]


def configure(c: Config, root: Path) -> Config:
    """Fill in nbgrader's configuration for the course at `root`, and return it."""
    c.CourseDirectory.root = str(root)
    c.CourseDirectory.course_id = COURSE_ID
    c.CourseDirectory.ignore = list(IGNORED)
    c.CourseDirectory.db_url = f"sqlite:///{root / 'gradebook.db'}"
    c.GenerateAssignment.preprocessors = RELEASE_STEPS
    c.GenerateAssignment.permissions = 644
    c.Autograde.exporter_class = SubmissionExporter
    c.Autograde.sanitize_preprocessors = SANITISE_STEPS
    c.Autograde.autograde_preprocessors = GRADING_STEPS
    c.Autograde.pre_convert_hook = _before_grading
    # Graded copies are made anew by each run; nbgrader's default would leave files that it cannot replace itself.
    c.Autograde.permissions = 644
    c.AssignLatePenalties.plugin_class = LateRulePlugin
    # For the pages of the formgrader too, on which people read what students wrote, with rights over the course.
    c.HTMLExporter.filters = {"markdown2html": safe_markdown}
    c.HTMLExporter.preprocessors = [SafeContent, ShowRubric]
    c.HTMLExporter.template_file = TEMPLATE  # extends the formgrader's own
    c.HTMLExporter.extra_template_paths = [str(TEMPLATES)]
    c.FeedbackExporter.preprocessors = []  # named in the steps below
    c.GenerateFeedback.exporter_class = FeedbackExporter
    c.GenerateFeedback.preprocessors = FEEDBACK_STEPS
    return c


def _before_grading(assignment: str, student: str, notebooks: list[str]) -> None:
    """nbgrader copies what it finds in a submission, following links: put them out of the way first."""
    for folder in {Path(notebook).parent for notebook in notebooks}:
        refuse_links(folder)


def settings(root: Path) -> dict[str, Any]:
    """The same configuration for use from code."""
    return {"config": configure(Config(), root)}

"""Feedback pages: what a student gets back, with nothing of the hidden tests in it and nothing that runs in a browser.

A graded notebook holds Markdown and outputs that a student wrote; `autograder.markup` makes them harmless. The page is
our own: no script, nothing from the net, and a policy in it by which the browser itself refuses both.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from nbconvert.exporters import Exporter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from traitlets import Bool, default

from autograder.classbook import read_class
from autograder.course import Course
from autograder.feedback_notebook import notebook_page
from autograder.markup import ACTIVE_TEX, clean_html, render_markdown, svg_as_picture

Resources = dict[str, Any]


class SafeContent(Preprocessor):
    """Makes the outputs of a graded notebook harmless before they become a page."""

    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Clean every cell, and begin the page with what the grader noted of the submission as a whole."""
        nb, resources = super().preprocess(nb, resources)
        notes = nb.metadata.get("course", {}).get("notes", ())
        if notes:
            lines = "\n".join(f"- {html.escape(note)}" for note in notes)
            nb.cells.insert(0, new_markdown_cell(f"**The grader noted**\n\n{lines}", metadata={"course": "notes"}))
        return nb, resources

    def preprocess_cell(self, cell: NotebookNode, resources: Resources, index: int) -> tuple[NotebookNode, Resources]:
        """Keep texts and pictures; clean HTML; turn SVG into a picture."""
        if cell.cell_type == "code":
            cell.outputs = [out for out in (_safe(output) for output in cell.outputs) if out is not None]
        else:
            cell.source = ACTIVE_TEX.sub(r"\\text", cell.source)
        return cell, resources


def _safe(output: NotebookNode) -> NotebookNode | None:
    data = output.get("data")
    if data is None:
        return output
    kept: dict[str, Any] = {}
    for mime, value in data.items():
        if mime in ("text/plain", "image/png", "image/jpeg"):
            kept[mime] = value
        elif mime in ("text/markdown", "text/latex"):
            kept[mime] = ACTIVE_TEX.sub(r"\\text", value)
        elif mime == "text/html":
            kept[mime] = clean_html(value)
        elif mime == "image/svg+xml":
            kept["text/html"] = f'<img alt="figure" src="{svg_as_picture(value)}">'
    output["data"] = NotebookNode(kept)
    output["metadata"] = NotebookNode()
    return output if kept else None


@pass_context
def safe_markdown(context: Any, source: str) -> str:
    """Rendered and cleaned Markdown, as a filter for nbgrader's templates."""
    return render_markdown(source, context.get("cell", {}).get("attachments", {}))


class FeedbackExporter(Exporter):
    """Makes one notebook's feedback page, for nbgrader's ``generate_feedback`` and for ``course feedback``."""

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(self, nb: NotebookNode, resources: Any | None = None, **kwargs: Any) -> tuple[Any, Any]:
        """Run the steps, then render the page."""
        nb, resources = super().from_notebook_node(nb, resources, **kwargs)
        names = resources["nbgrader"]
        course = Course(Path(self.config.CourseDirectory.root))
        record = read_class(course, names["assignment"], (names["student"],))
        (student,) = record.students
        return notebook_page(course, record.assignment, student, names["notebook"], nb), resources

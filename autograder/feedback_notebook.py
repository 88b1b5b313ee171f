"""The feedback page of one notebook: the student's cells as they ran, with tests, points and comments beside them."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import Markup
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograder import notebooks
from autograder.assignment import Assignment
from autograder.classbook import Mark, NotebookRecord, StudentRecord
from autograder.course import Course
from autograder.markup import clean_html, render_markdown, svg_as_picture
from autograder.pages import render
from autograder.results import CellResult
from autograder.rubric import load_rubric

_LONGEST_OUTPUT = 20_000
"""Characters of text that one output shows."""


@dataclass
class Cell:
    """What the page shows of one cell.

    Attributes
    ----------
    kind : str
        ``"prose"``, ``"answer"`` (written, by the student), ``"code"``, ``"own code"`` or ``"check"``.
    grade_id : str
        The cell's name, empty where it has none.
    body : Markup
        Its text.
    outputs : list of Markup
        What it printed and drew.
    tests : CellResult, optional
        The hidden tests behind it.
    mark : Mark, optional
        What a person gave for it.
    comment : str
        A grader's comment as safe HTML.
    """

    kind: str
    grade_id: str
    body: Markup
    outputs: list[Markup] = field(default_factory=list)
    tests: CellResult | None = None
    mark: Mark | None = None
    comment: str = ""


def notebook_page(
    course: Course, assignment: Assignment, student: StudentRecord, name: str, notebook: NotebookNode
) -> str:
    """The page of one graded notebook whose contents have been made safe."""
    record = record_of(student, name)
    pictures = release_pictures(course, assignment.name)
    marks = {mark.question: mark for mark in record.marks}
    tests = {cell.grade_id: cell for cell in record.result.cells}
    comments = dict(record.comments)
    cells, figures = [], 0
    for node in notebook.cells:
        if node.metadata.get("course") == "notes":  # the page says them above
            continue
        cell = _cell(node, pictures, figures)
        figures += sum("<img" in output for output in cell.outputs)
        cell.tests, cell.mark = tests.get(cell.grade_id), marks.get(cell.grade_id)
        said = cell.mark.comment if cell.mark else comments.get(cell.grade_id, "")
        cell.comment = Markup(render_markdown(said, deeper=3)) if said else ""
        if cell.tests is not None:
            cell.outputs = []  # the table that graded copies hold; the page shows the same, better
        cells.append(cell)
    return render(
        "feedback_notebook.html.j2",
        title=f"{name}: {assignment.notebook(name).title}",
        homework=assignment,
        record=record,
        cells=cells,
        names=question_names(course, assignment.name),
    )


def record_of(student: StudentRecord, notebook: str) -> NotebookRecord:
    """The record of one notebook."""
    return next(record for record in student.notebooks if record.result.notebook == notebook)


def question_names(course: Course, homework: str) -> dict[str, str]:
    """What the written questions are called, by ``grade_id``."""
    return {name: question.title for name, question in load_rubric(course, homework).items()}


def release_pictures(course: Course, homework: str) -> dict[str, str]:
    """The homework's own figures as data, by the address under which the notebooks show them."""
    folder = course.release(homework) / "figures"
    return {
        f"figures/{path.name}": svg_as_picture(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.svg"))
    }


def _cell(node: NotebookNode, pictures: Mapping[str, str], figures: int) -> Cell:
    grade_id, meta = notebooks.grade_id_of(node) or "", notebooks.meta_of(node)
    if node.cell_type == "markdown":
        body = render_markdown(node.source, node.get("attachments"), pictures, deeper=1)
        return Cell("answer" if meta.get("solution") else "prose", grade_id, Markup(body))
    if node.cell_type != "code":
        return Cell("prose", grade_id, Markup(f'<pre class="wrap">{html.escape(node.source)}</pre>'))
    kind = "check" if meta.get("grade") else "code" if meta and not meta.get("solution") else "own code"
    outputs: list[Markup] = []
    for output in node.outputs:
        shown = _output(output, figures + len(outputs) + 1)
        if shown:
            outputs.append(Markup(shown))
    return Cell(kind, grade_id, Markup(_code(node.source)), outputs)


def _code(source: str) -> str:
    """Highlighted Python in a box that the keyboard can scroll."""
    inner = highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))
    return f'<pre tabindex="0">{inner}</pre>'


def _output(output: NotebookNode, number: int) -> str:
    """One output as HTML; the richest form that it has."""
    data = output.get("data", {})
    for mime in ("image/png", "image/jpeg"):
        if mime in data:
            picture = "".join(str(data[mime]).split())
            address = f'src="data:{mime};base64,{html.escape(picture)}"'
            return f'<figure><img alt="Figure {number}, drawn by the code above" {address}></figure>'
    if "text/html" in data:
        return f'<div class="scroll" tabindex="0">{clean_html(data["text/html"])}</div>'
    if "text/markdown" in data or "text/latex" in data:
        return render_markdown(str(data.get("text/markdown") or data["text/latex"]), deeper=2)
    text = output.get("text") or data.get("text/plain") or "\n".join(output.get("traceback", ()))
    text = strip_ansi(str(text or output.get("evalue", "")))
    if len(text) > _LONGEST_OUTPUT:
        text = f"{text[:_LONGEST_OUTPUT]}\n[the rest is left out here]"
    return f'<pre class="wrap output">{html.escape(text)}</pre>' if text.strip() else ""


def figures_of(path: Path) -> list[tuple[str, str]]:
    """The pictures that a graded notebook drew, each with the heading that it comes after.

    Returns
    -------
    list of (str, str)
        Heading and ``data:`` address.
    """
    found, heading = [], ""
    for node in notebooks.read(path).cells:
        if node.cell_type == "markdown":
            titles = [line.lstrip("# ").strip() for line in node.source.splitlines() if line.startswith("#")]
            heading = titles[-1] if titles else heading
        for output in node.get("outputs", ()):
            data = output.get("data", {})
            for mime in ("image/png", "image/jpeg"):
                if isinstance(data.get(mime), str):
                    found.append((heading, f"data:{mime};base64,{''.join(data[mime].split())}"))
                    break
            else:
                if isinstance(data.get("image/svg+xml"), str):
                    found.append((heading, svg_as_picture(data["image/svg+xml"])))
    return found

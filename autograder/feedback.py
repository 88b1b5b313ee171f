"""Feedback pages: what a student gets back, with nothing of the hidden tests in it and nothing that runs in a browser.

A graded notebook holds Markdown and outputs that a student wrote. Whatever of it is HTML goes through nh3, a sanitiser
with an allow-list; pictures stay as data; SVG is shown as a picture, in which browsers run no scripts.
"""

from __future__ import annotations

import base64
import functools
import html
import re
from typing import Any

import nh3
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from traitlets import Bool

Resources = dict[str, Any]
_TAGS = set(nh3.ALLOWED_TAGS) | {"figure", "figcaption", "caption", "details", "summary", "section"}
_ATTRIBUTES = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}
_ATTRIBUTES["*"] = {"class", "id", "title", "role", "aria-label", "scope", "colspan", "rowspan"}
# TeX commands through which MathJax would make links, load code or pictures, or set attributes.
_ACTIVE_TEX = re.compile(
    r"\\(href|require|class|cssId|style|data|unicode|html\w+|mmlToken|bbox|csname|includegraphics)(?![A-Za-z])"
)
_SAFE_PICTURE = re.compile(r"data:image/(png|jpeg|svg\+xml);base64,[A-Za-z0-9+/=\s]*|(figures/)?[\w-]+\.(svg|png|jpg)")
_SAFE_LINK = re.compile(r"\s*(https?:|mailto:|#)", re.IGNORECASE)


def clean_html(text: str) -> str:
    """HTML with everything taken out that could run, load or navigate by itself.

    >>> clean_html('<b onclick="x()">bold</b><script>y()</script>')
    '<b>bold</b>'
    """
    clean = nh3.clean(
        text,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_filter_attribute,
        url_schemes={"http", "https", "mailto", "data"},
    )
    # Only now: a backslash may have been written as an entity, and a comment may have stood in a command's name.
    return _ACTIVE_TEX.sub(r"\\text", clean)


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    """Pictures only from inside the page or the homework's figures; links only within the page and to the web."""
    if name in ("src", "href"):
        if tag == "img" and name == "src":
            return value if _SAFE_PICTURE.fullmatch(value) else None
        # Nor links to files: beside the page lie those that the student handed in.
        return value if _SAFE_LINK.match(value) else None
    return value


class SafeContent(Preprocessor):
    """Makes the outputs of a graded notebook harmless before they become a page."""

    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Clean every cell, and begin the page with what the grader noted of the submission as a whole."""
        nb, resources = super().preprocess(nb, resources)
        notes = nb.metadata.get("course", {}).get("notes", ())
        if notes:
            lines = "\n".join(f"- {html.escape(note)}" for note in notes)
            nb.cells.insert(0, new_markdown_cell(f"**The grader noted**\n\n{lines}"))
        return nb, resources

    def preprocess_cell(self, cell: NotebookNode, resources: Resources, index: int) -> tuple[NotebookNode, Resources]:
        """Keep texts and pictures; clean HTML; turn SVG into a picture."""
        if cell.cell_type == "code":
            cell.outputs = [out for out in (_safe(output) for output in cell.outputs) if out is not None]
        else:
            cell.source = _ACTIVE_TEX.sub(r"\\text", cell.source)
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
            kept[mime] = _ACTIVE_TEX.sub(r"\\text", value)
        elif mime == "text/html":
            kept[mime] = clean_html(value)
        elif mime == "image/svg+xml":
            source = base64.b64encode(value.encode()).decode("ascii")
            kept["text/html"] = f'<img alt="figure" src="data:image/svg+xml;base64,{source}">'
    output["data"] = NotebookNode(kept)
    output["metadata"] = NotebookNode()
    return output if kept else None


@pass_context
def safe_markdown(context: Any, source: str) -> str:
    """Rendered and cleaned Markdown; the text itself where it cannot be rendered."""
    try:
        rendered = _plain_exporter().markdown2html(context, source)
    except Exception:  # a missing attachment, or text on which the converter itself fails
        return f"<pre>{html.escape(source)}</pre>"
    return clean_html(rendered)


@functools.cache
def _plain_exporter() -> HTMLExporter:
    return HTMLExporter()


class FeedbackExporter(HTMLExporter):
    """nbgrader's feedback page; its configuration sees to it that Markdown goes through `safe_markdown`."""

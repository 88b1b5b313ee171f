"""What other people wrote, as HTML that cannot run, load or lead anywhere by itself.

HTML goes through nh3, a sanitiser with an allow-list; pictures stay as data; formulas become MathML, so that no page
needs a script to show them.
"""

from __future__ import annotations

import base64
import html
import re
import secrets
from collections.abc import Mapping
from typing import Any

import nh3
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.formulas import mathml

_TAGS = set(nh3.ALLOWED_TAGS) | {"figure", "figcaption", "caption", "details", "summary", "section"}
_ATTRIBUTES = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}
_ATTRIBUTES["*"] = {"class", "title", "scope", "colspan", "rowspan"}
# TeX commands through which MathJax would make links, load code or pictures, or set attributes. Our pages are without
# it; one that shows a notebook by other means may not be.
ACTIVE_TEX = re.compile(
    r"\\(href|require|class|cssId|style|data|unicode|html\w+|mmlToken|bbox|csname|includegraphics)(?![A-Za-z])"
)
_SAFE_PICTURE = re.compile(r"data:image/(png|jpeg|svg\+xml);base64,[A-Za-z0-9+/=\s]*|(figures/)?[\w-]+\.(svg|png|jpg)")
_SAFE_LINK = re.compile(r"\s*(https?:|mailto:|#)", re.IGNORECASE)
# Pygments' classes of highlighted code. Any other would let a text look like a part of the page.
_SAFE_CLASS = re.compile(r"highlight|tex|dataframe|[a-z]{1,2}\d?")
_PICTURE = re.compile(r'<img((?:\s[\w-]+="[^"]*")*)>')
_MOST_FORMULAS = 2000


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
    clean = _PICTURE.sub(_named, clean)
    # Only now: a backslash may have been written as an entity, and a comment may have stood in a command's name.
    return ACTIVE_TEX.sub(r"\\text", clean)


def _named(found: re.Match[str]) -> str:
    """A picture with a name for those who hear the page; none where its address was taken out."""
    if ' src="' not in found[1]:
        return ""
    return found[0] if ' alt="' in found[1] else f'<img{found[1]} alt="picture">'


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    """Pictures only from inside the page or the homework's figures; links only within the page and to the web."""
    if name in ("src", "href"):
        if tag == "img" and name == "src":
            return value if _SAFE_PICTURE.fullmatch(value) else None
        # Nor links to files: beside the page lie those that the student handed in.
        return value if _SAFE_LINK.match(value) else None
    if name == "class":
        return " ".join(part for part in value.split() if _SAFE_CLASS.fullmatch(part)) or None
    return value


def svg_as_picture(svg: str) -> str:
    """The address of an SVG as a picture, in which browsers run no scripts."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode('ascii')}"


def render_markdown(
    source: str,
    attachments: Mapping[str, Any] | None = None,
    pictures: Mapping[str, str] | None = None,
    deeper: int = 0,
) -> str:
    """Markdown as safe HTML, formulas as MathML.

    Parameters
    ----------
    source : str
        Markdown with TeX between dollar signs, as in a notebook.
    attachments : mapping, optional
        A cell's attachments.
    pictures : mapping, optional
        What to put in place of a picture's address, such as a ``data:`` address for ``figures/step.svg``.
    deeper : int
        How many levels to move headings down, so that the text fits below a page's own headings.

    Returns
    -------
    str
        HTML; the text itself in a ``<pre>`` where it cannot be rendered.
    """
    renderer = _Renderer(dict(attachments or {}), dict(pictures or {}), deeper)
    try:
        rendered = MarkdownWithMath(renderer=renderer).render(source)
    except Exception:  # a missing attachment, or text on which the converter itself fails
        return f"<pre>{html.escape(source)}</pre>"
    return renderer.with_formulas(clean_html(rendered))


class _Renderer(IPythonRenderer):
    """nbconvert's renderer, which leaves a mark in place of each formula: MathML comes in after the cleaning."""

    def __init__(self, attachments: dict[str, Any], pictures: dict[str, str], deeper: int) -> None:
        super().__init__(escape=False, attachments=attachments, exclude_anchor_links=True)
        self.pictures, self.deeper = pictures, deeper
        self.formulas: list[str] = []
        self.mark = secrets.token_hex(8)  # not to be guessed: a student's text could name another's formula

    def _formula(self, tex: str, block: bool) -> str:
        if len(self.formulas) >= _MOST_FORMULAS:
            return f"<code>{html.escape(tex)}</code>"
        self.formulas.append(mathml(tex, block))
        return f"[{self.mark}-{len(self.formulas) - 1}]"

    def block_math(self, body: str) -> str:
        return self._formula(body, block=True)

    def inline_math(self, body: str) -> str:
        return self._formula(body, block=False)

    def latex_environment(self, name: str, body: str) -> str:
        tex = f"\\begin{{{name}}}{body}\\end{{{name}}}"
        return self._formula(tex, block=True)

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        return super().heading(text, min(level + self.deeper, 6), **attrs)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return super().image(text, self.pictures.get(url, url), title)

    def with_formulas(self, clean: str) -> str:
        """Put the formulas in, and each table into a box that scrolls where the page is narrow."""
        clean = clean.replace("<table", '<div class="scroll" tabindex="0"><table').replace("</table>", "</table></div>")
        return re.sub(rf"\[{self.mark}-(\d+)\]", lambda found: self.formulas[int(found[1])], clean)

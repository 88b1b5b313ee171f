"""The course's own HTML pages: one look, no scripts, nothing loaded from elsewhere, every text escaped."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

FOLDER = Path(__file__).parent


@functools.cache
def _environment() -> Environment:
    # Every value is escaped, whatever a template's name; what is HTML already is `Markup`, and was cleaned.
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["style"] = Markup((FOLDER / "page.css").read_text(encoding="utf-8"))
    environment.filters["points"] = points
    return environment


def points(value: float) -> str:
    """A number of points as people write it: at most two decimals, none where there are none.

    >>> points(2.5), points(3.0), points(1.4286)
    ('2.5', '3', '1.43')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def render(template: str, **values: Any) -> str:
    """A page from a template of this folder."""
    return _environment().get_template(template).render(**values)

"""Numbers as text, and tables in Markdown that are aligned in the source too."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

NOTHING = "–"
"""Stands where there is no number."""


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """A table whose first `left` columns are words, aligned to the left, and whose others are numbers.

    Parameters
    ----------
    columns : sequence of str
        The titles.
    rows : sequence of sequence of str
        As many cells each as there are columns.
    left : int, optional

    Raises
    ------
    ValueError
        If a row has another number of cells.
    """
    lines = [columns, *rows]
    widths = [max(3, *(len(cell) for cell in column)) for column in zip(*lines, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    marks = [f"-{'-' * width}{'-' if place < left else ':'}" for place, width in enumerate(widths)]
    return "\n".join([line(columns), f"|{'|'.join(marks)}|", *map(line, rows)])


def plain_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table of rows of any kind: a column for each name, words first as they come, numbers with two decimals."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    left = sum(1 for name in columns if any(isinstance(row.get(name), str) for row in rows))
    return table(columns, [[_plain(row.get(name)) for name in columns] for row in rows], left)


def _plain(value: Any) -> str:
    if value is None:
        return NOTHING
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def number(value: float | None, digits: int = 3) -> str:
    """With so many decimals."""
    return NOTHING if value is None else f"{value:,.{digits}f}"


def percent(part: float, whole: float) -> str:
    return f"{part / whole:.0%}".replace("%", " %")


def seconds(value: float | None) -> str:
    """With two or three digits, in the unit that suits it."""
    if value is None:
        return NOTHING
    if value < 120:
        return f"{value:.2g} s" if value < 10 else f"{value:.0f} s"
    size, unit = (3600, "h") if value >= 7200 else (60, "min")
    return f"{value / size:.1f}".removesuffix(".0") + f" {unit}"


def paragraph(text: str) -> str:
    """Broken into lines of 120 characters."""
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)

"""The table that a check shows, and the error that it raises."""

from __future__ import annotations

import html
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from utils.diagnosis import describe, explain
from utils.gradcheck import rel_error

RTOL, ATOL = 1e-5, 1e-6
"""What a visible check takes as equal: wide enough for results in float32, which are right too."""


class CheckError(AssertionError):
    """A value is not as expected; the text says which and in what way."""


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    name: str
    """The value that was checked."""
    result: str
    """``ok``, ``wrong``, or ``note`` for a remark that is no fault."""
    error: float | None = None
    """The relative error, where there is one."""
    message: str = ""


class Table:
    """What a check has found so far.

    Parameters
    ----------
    title : str
        The function that is checked.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.rows: list[Row] = []

    @property
    def wrong(self) -> list[Row]:
        return [row for row in self.rows if row.result == "wrong"]

    def compare(self, name: str, got: Any, expected: np.ndarray, **context: Any) -> bool:
        """Add a line for one value; `context` is what `utils.diagnosis.explain` takes. Returns whether it is right."""
        fault = explain(name, got, expected, rtol=RTOL, atol=ATOL, **context)
        if fault is None and isinstance(got, (list, tuple)):
            # The rest of the homework computes with it as an array.
            fault = f"{name}: the values are right, but in {describe(got)}: make an array of it with np.stack"
        message = "" if fault is None else fault.removeprefix(f"{name}: ")
        self.rows.append(Row(name, "wrong" if fault else "ok", _error(got, expected), message))
        return fault is None

    def fault(self, name: str, message: str) -> None:
        """Add a line for something that is wrong though it is no value of this function."""
        self.rows.append(Row(name, "wrong", message=message))

    def note(self, name: str, message: str) -> None:
        """Add a remark."""
        self.rows.append(Row(name, "note", message=message))

    def finish(self) -> None:
        """Show the table, and raise `CheckError` if a line is wrong."""
        _show(self)
        if not self.wrong:
            return
        names: dict[str, list[str]] = {}
        for row in self.wrong:
            names.setdefault(row.message, []).append(row.name)
        lines = [f"{', '.join(those)}: {message}" for message, those in names.items()]
        notes = [f"(note) {row.name}: {row.message}" for row in self.rows if row.result == "note"]
        raise CheckError("\n  ".join([f"{self.title} is not right yet", *lines, *notes]))

    def __repr__(self) -> str:
        cells = self._shown()
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)) for row in cells]
        return "\n".join([self.title, *(f"  {line}".rstrip() for line in lines)])

    def _shown(self) -> list[tuple[str, ...]]:
        """The heads and the cells of every row, without the columns in which no row says anything."""
        rows = list(map(_cells, self.rows))
        kept = [column for column in range(len(_HEADS)) if column < 2 or any(row[column] for row in rows)]
        return [tuple(row[column] for column in kept) for row in (_HEADS, *rows)]

    def _repr_html_(self) -> str:
        # No colour of text and no opaque background, so that it can be read in light and in dark notebooks.
        caption = f'<caption style="text-align:left;font-weight:bold;padding:4px 0">{html.escape(self.title)}</caption>'
        heads, *rows = self._shown()
        head = "".join(f'<th scope="col" style="{_CELL}">{text}</th>' for text in heads)
        body = "".join(map(_html_row, rows))
        parts = f"{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        return f'<table style="border-collapse:collapse;color:inherit">{parts}</table>'


_HEADS = ("value", "result", "relative error", "remark")
_CELL = "text-align:left;padding:2px 10px;border-bottom:1px solid rgba(128,128,128,0.4)"
_TINTS = {"ok": "rgba(46,160,67,0.18)", "wrong": "rgba(248,81,73,0.22)", "note": "rgba(128,128,128,0.18)"}


def _cells(row: Row) -> tuple[str, str, str, str]:
    return row.name, row.result, "" if row.error is None else f"{row.error:.0e}" if row.error else "0", row.message


def _html_row(row: tuple[str, ...]) -> str:
    styles = (_CELL, f"{_CELL};background:{_TINTS[row[1]]}", _CELL, _CELL)
    cells = [f'<td style="{style}">{html.escape(text)}</td>' for text, style in zip(row, styles, strict=False)]
    return f"<tr>{''.join(cells)}</tr>"


def _error(got: Any, expected: np.ndarray) -> float | None:
    """The relative error, if the two can be compared at all."""
    if not isinstance(got, (np.ndarray, np.generic, int, float, list, tuple)):
        return None
    try:
        error = rel_error(np.array(got, subok=False), expected)
    except Exception:  # not numbers, or another shape: the message says so
        return None
    return error if np.isfinite(error) else None


def _show(table: Table) -> None:
    # Asked of what is already loaded: in a plain script IPython would take a second to import, for nothing.
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        from IPython.display import display

        display(table)
    else:
        print(table)

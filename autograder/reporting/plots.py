"""Plots as SVG, drawn small so that they can be read on a phone, in the colours of the page, which has a dark mode.

Each has its numbers in words as its name, for those who hear the page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from markupsafe import Markup

from autograder.reporting.statistics import Spread

_WIDTH = 360
_LEFT, _RIGHT = 30, 12
_ROW = 34


def histogram(values: Sequence[float], edges: Sequence[float], title: str, unit: str) -> Markup:
    """How many values lie between the edges; the last bin holds its upper edge too.

    Parameters
    ----------
    values : sequence of float
        What to count; values outside of the edges are counted in the outermost bins.
    edges : sequence of float
        Increasing, at least two.
    title, unit : str
        What it shows, and what the horizontal axis counts.
    """
    counts = [0] * (len(edges) - 1)
    for value in values:
        place = sum(value >= edge for edge in edges[1:])
        counts[min(place, len(counts) - 1)] += 1
    top, bottom, height = 14, 150, 190
    most = max([*counts, 1])
    step = (_WIDTH - _LEFT - _RIGHT) / len(counts)
    parts = [_line("axis", _LEFT, bottom, _WIDTH - _RIGHT, bottom)]
    for tick in _ticks(most):
        y = bottom - (bottom - top) * tick / most
        parts += [_line("grid", _LEFT, y, _WIDTH - _RIGHT, y), _text(_LEFT - 4, y + 4, f"{tick:g}", "end", "soft")]
    for number, count in enumerate(counts):
        tall = (bottom - top) * count / most
        x = _LEFT + number * step
        parts.append(_rect("one", x + 1, bottom - tall, step - 2, tall))
    for number, edge in enumerate(edges):
        if len(edges) <= 12 or number % 2 == 0:
            parts.append(_text(_LEFT + number * step, bottom + 15, f"{edge:g}", "middle", "soft"))
    parts.append(_text(_WIDTH / 2, bottom + 34, unit, "middle", "soft"))
    said = ", ".join(f"{edges[i]:g} to {edges[i + 1]:g}: {count}" for i, count in enumerate(counts) if count)
    return _svg(height, f"{title}. {said or 'nothing'}", parts)


def boxes(rows: Sequence[tuple[str, Sequence[float]]], low: float, high: float, title: str, unit: str,
          logarithmic: bool = False) -> Markup:  # fmt: skip
    """A row for each group: a line from the smallest to the largest value, a box over the middle half, the median.

    Parameters
    ----------
    rows : sequence of (str, sequence of float)
        Groups; one without values is drawn as such.
    low, high : float
        The ends of the axis.
    logarithmic : bool
        Whether the axis is; `low` is more than 0 then.
    """

    def at(value: float) -> float:
        value = min(max(value, low), high)
        part = math.log(value / low) / math.log(high / low) if logarithmic else (value - low) / (high - low)
        return 8 + (_WIDTH - 16 - 2) * part

    parts: list[str] = []
    said = []
    bottom = len(rows) * _ROW + 6
    for tick in _decades(low, high) if logarithmic else [low + (high - low) * i / 4 for i in range(5)]:
        parts.append(_line("grid", at(tick), 4, at(tick), bottom))
        parts.append(_text(at(tick), bottom + 13, f"{tick:g}", "middle", "soft"))
    for number, (label, values) in enumerate(rows):
        y = number * _ROW + 22
        parts.append(_text(8, y - 8, label))
        if not values:
            parts.append(_text(_WIDTH - 12, y - 8, "none", "end", "soft"))
            continue
        spread = Spread.of(values)
        parts.append(_text(_WIDTH - 12, y - 8, f"median {_short(spread.median)}", "end", "soft"))
        parts.append(_line("line", at(spread.low), y + 4, at(spread.high), y + 4))
        parts.append(_rect("one", at(spread.first), y - 1, max(at(spread.third) - at(spread.first), 2), 10))
        parts.append(_rect("two", at(spread.median) - 1.5, y - 4, 3, 16))
        said.append(
            f"{label}: {_short(spread.low)} to {_short(spread.high)}, middle half {_short(spread.first)} to"
            f" {_short(spread.third)}, median {_short(spread.median)}"
        )
    parts.append(_text(_WIDTH / 2, bottom + 29, unit, "middle", "soft"))
    return _svg(bottom + 36, f"{title}. {'; '.join(said) or 'nothing'}", parts)


def bars(
    rows: Sequence[tuple[str, Sequence[int]]],
    names: Sequence[str],
    title: str,
    colours: Sequence[str] = ("one", "two", "three"),
) -> Markup:
    """A bar for each row, cut into parts; all bars are on one scale.

    Parameters
    ----------
    rows : sequence of (str, sequence of int)
        A label, and the size of each part.
    names : sequence of str
        What the parts are, at most three.
    colours : sequence of str
        The page's colours for them.
    """
    most = max([sum(counts) for _, counts in rows] + [1])
    room = _WIDTH - 16
    parts: list[str] = []
    x = 8.0
    for name, colour in zip(names, colours, strict=False):
        parts += [_rect(colour, x, 4, 9, 9), _text(x + 13, 12, name, "start", "soft")]
        x += 26 + 6.2 * len(name)
    for number, (label, counts) in enumerate(rows):
        y, x = number * _ROW + 34, 8.0
        parts += [_text(8, y - 4, label), _text(_WIDTH - 8, y - 4, " + ".join(map(str, counts)), "end", "soft")]
        for count, colour in zip(counts, colours, strict=False):
            wide = room * count / most
            parts.append(_rect(colour, x, y, wide, 12) if count else "")
            x += wide
    said = "; ".join(
        f"{label}: {', '.join(f'{count} {name}' for count, name in zip(counts, names, strict=False))}"
        for label, counts in rows
    )
    return _svg(len(rows) * _ROW + 22, f"{title}. {said or 'nothing'}", parts)


def _svg(height: float, name: str, parts: Sequence[str]) -> Markup:
    inner = "".join(parts)
    return Markup(  # every text has been escaped by `_text`; the rest are numbers
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {height:g}" role="img" aria-label="{escape(name)}">{inner}</svg>'
    )


def _text(x: float, y: float, text: str, anchor: str = "start", kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _rect(kind: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _ticks(most: int) -> list[int]:
    """About four whole numbers up to `most`."""
    step = max(1, math.ceil(most / 4))
    return list(range(0, most + 1, step))


def _decades(low: float, high: float) -> list[float]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    return [10.0**exponent for exponent in range(first, last + 1)]


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}".removesuffix(".0")

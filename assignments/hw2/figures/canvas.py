"""A small drawing surface for the homework's figures: boxes, arrows and formulas in, one self-contained SVG out.

The letters are drawn as outlines, taken from the STIX and DejaVu fonts that come with matplotlib. So a figure looks
the same in every browser and needs no font there, and its text depends on nothing but the numbers in `draw.py`:
drawing it again gives the same bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import matplotlib
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont

Point = tuple[float, float]

INK, QUIET, PANEL, FRAME = "#1b1f24", "#565d66", "#fdfdfc", "#d5d9de"
FORWARD, BACKWARD, HIGHWAY = "#3d444d", "#c24e00", "#0b66a5"
# Tints of the Okabe-Ito palette, which people with any common kind of colour blindness can tell apart; every
# kind of node also has its own outline or shape, so no figure needs its colours to be understood.
FILLS = {
    "value": ("#e6f1f9", "#0b66a5"),
    "parameter": ("#fdf1d6", "#a36a00"),
    "operation": ("#ffffff", "#3d444d"),
    "gate": ("#e3f4ee", "#0a7857"),
    "block": ("#e3f4ee", "#0a7857"),
    "cell": ("#f1f3f5", "#6b737c"),
    "loss": ("#f8e9f1", "#9c3f74"),
}
FONTS = {"i": "STIXGeneralItalic", "r": "STIXGeneral", "w": "DejaVuSans", "o": "DejaVuSans-Oblique"}


@cache
def _font(key: str) -> tuple[TTFont, dict[int, str]]:
    font = TTFont(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{FONTS[key]}.ttf")
    return font, font.getBestCmap()


@cache
def _outline(key: str, character: str) -> tuple[str, float]:
    """Return a letter's SVG path in font units and its advance width in ems."""
    font, characters = _font(key)
    glyphs = font.getGlyphSet()
    name = characters[ord(character)]
    pen = SVGPathPen(glyphs)
    glyphs[name].draw(pen)
    return pen.getCommands(), glyphs[name].width / font["head"].unitsPerEm


def _number(value: float) -> str:
    return f"{round(value, 2) + 0.0:g}"


@dataclass(frozen=True)
class Letter:
    """One placed letter: its font, where it stands in ems from the text's start, and its size in ems."""

    font: str
    character: str
    x: float
    y: float
    scale: float


def _tokens(tex: str) -> list[str]:
    return re.findall(r"\\text\{[^}]*\}|\\[a-z]+|[_^]|[{}]|.", tex)


SYMBOLS = {r"\sigma": "σ", r"\odot": "⊙", r"\cdot": "·", r"\dots": "…", r"\times": "×"}
RISE = {"": 0.0, "_": 0.2, "^": -0.42}  # where the baseline of a script is, in ems, downwards
SPACED = {"+": 0.22, "=": 0.28, "−": 0.2, "⊙": 0.2}


def layout(tex: str) -> tuple[list[Letter], float]:
    r"""Set a small formula such as `h_{t-1}`, `\tilde{c}_t` or `\text{words}`; return its letters and width in ems."""
    letters: list[Letter] = []
    tokens = _tokens(tex)
    x, script, level = 0.0, "", 0

    def put(font: str, character: str, scale: float, y: float) -> None:
        nonlocal x
        gap = SPACED.get(character, 0.0) if scale == 1 else 0.0
        x += gap
        letters.append(Letter(font, character, x, y, scale))
        x += _outline(font, character)[1] * scale + gap

    base = end = 0.0
    for position, token in enumerate(tokens):
        if token in "_^" and len(token) == 1:
            # A second script of the same letter starts where the first one started: a_t^f is not a_t then f.
            base, end = (base, x) if script else (x + (0.05 if token == "^" else 0.0), x)
            script, x = token, base
        elif token == "{":
            level += 1
        elif token == "}":
            level -= 1
        elif token.startswith(r"\text"):
            for character in token[6:-1]:
                put("w", character, 0.72, 0.0)
        elif token == r"\tilde":
            letters.append(Letter("r", "˜", x + (0.03 if script else 0.06), RISE[script], 1.0 if not script else 0.7))
        elif token in (r"\tanh", r"\,"):
            for character in token[1:]:
                put("r", character, 1.0, 0.0)
        else:
            character = SYMBOLS.get(token, "−" if token == "-" else token)
            put(
                "i" if character.isascii() and character.isalpha() else "r",
                character,
                0.7 if script else 1.0,
                RISE[script],
            )
        last = position + 1 == len(tokens) or tokens[position + 1] not in ("_", "^")
        if script and level == 0 and token not in "_^{" and not token.startswith(r"\tilde") and last:
            x, script = max(x, end), ""
    return letters, x


@dataclass(frozen=True)
class Node:
    """A drawn box or circle; its four sides are the points where arrows begin and end."""

    x: float
    y: float
    w: float
    h: float
    circle: bool = False

    def _inset(self, shift: float) -> float:
        """Return how far a circle's edge is inside its square, `shift` beside the middle of a side."""
        return self.w / 2 - (self.w**2 / 4 - shift**2) ** 0.5 if self.circle else 0.0

    def left(self, shift: float = 0.0) -> Point:
        return self.x - self.w / 2 + self._inset(shift), self.y + shift

    def right(self, shift: float = 0.0) -> Point:
        return self.x + self.w / 2 - self._inset(shift), self.y + shift

    def top(self, shift: float = 0.0) -> Point:
        return self.x + shift, self.y - self.h / 2 + self._inset(shift)

    def bottom(self, shift: float = 0.0) -> Point:
        return self.x + shift, self.y + self.h / 2 - self._inset(shift)


@dataclass
class Canvas:
    """One figure. `name` begins every id in it, so that several figures can stand in one page."""

    name: str
    width: int
    height: int
    title: str
    description: str
    parts: list[str] = field(default_factory=list)
    glyphs: dict[str, str] = field(default_factory=dict)

    def text(self, x: float, y: float, tex: str, size: float = 20, fill: str = INK, anchor: str = "middle") -> None:
        """Write a formula with its baseline at `y`; `anchor` says which part of it stands at `x`."""
        letters, width = layout(tex)
        start = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * width * size
        uses = []
        for letter in letters:
            path, _ = _outline(letter.font, letter.character)
            if not path:  # a space
                continue
            key = f"{self.name}-{letter.font}{ord(letter.character):x}"
            self.glyphs[key] = path
            scale = size * letter.scale / _font(letter.font)[0]["head"].unitsPerEm
            place = f"{_number(start + letter.x * size)} {_number(y + letter.y * size)}"
            uses.append(f'<use href="#{key}" transform="translate({place}) scale({scale:.5f} {-scale:.5f})"/>')
        self.parts.append(f'<g fill="{fill}">{"".join(uses)}</g>')

    def words(
        self, x: float, y: float, words: str, fill: str = QUIET, anchor: str = "middle", size: float = 18
    ) -> None:
        """Write plain words, a little smaller than the formulas."""
        self.text(x, y, rf"\text{{{words}}}", size, fill, anchor)

    def box(
        self, x: float, y: float, tex: str, kind: str = "value", w: float = 46, h: float = 38, size: float = 21
    ) -> Node:
        """Draw a labelled box with its middle at (x, y)."""
        fill, stroke = FILLS[kind]
        radius = {"value": 7, "gate": 7, "block": 0, "parameter": 0, "operation": h / 2, "cell": 10, "loss": 7}[kind]
        self.parts.append(
            f'<rect x="{_number(x - w / 2)}" y="{_number(y - h / 2)}" width="{_number(w)}" height="{_number(h)}" '
            f'rx="{_number(radius)}" fill="{fill}" stroke="{stroke}" stroke-width="1.6"/>'
        )
        if tex:
            self.text(x, y + 0.3 * size, tex, size)
        return Node(x, y, w, h)

    def operation(self, x: float, y: float, sign: str, radius: float = 15) -> Node:
        """Draw an operation on two values as a circle around its sign: `+`, `odot` or `dot`."""
        self._circle(x, y, radius, FILLS["operation"][0], FILLS["operation"][1])
        if sign == "+":
            arm = radius / 2
            across = f"M{_number(x - arm)} {_number(y)}h{_number(2 * arm)}"
            down = f"M{_number(x)} {_number(y - arm)}v{_number(2 * arm)}"
            self.parts.append(f'<path d="{across}{down}" stroke="{INK}" stroke-width="1.8" fill="none"/>')
        elif sign == "odot":
            self._circle(x, y, 0.44 * radius, "none", INK)
            self._circle(x, y, 0.13 * radius, INK, "none")
        else:
            self._circle(x, y, 0.2 * radius, INK, "none")
        return Node(x, y, 2 * radius, 2 * radius, circle=True)

    def _circle(self, x: float, y: float, radius: float, fill: str, stroke: str) -> None:
        place = f'cx="{_number(x)}" cy="{_number(y)}" r="{_number(radius)}"'
        self.parts.append(f'<circle {place} fill="{fill}" stroke="{stroke}" stroke-width="1.6"/>')

    def arrow(self, *points: Point, kind: str = "forward", head: bool = True) -> None:
        """Draw an arrow through the points, with rounded corners; `backward` ones are dashed and in another colour."""
        colour, width = {"forward": (FORWARD, 1.7), "backward": (BACKWARD, 1.7), "highway": (HIGHWAY, 3.2)}[kind]
        length, half = (11.0, 5.5) if kind == "highway" else (9.0, 4.2)
        (x0, y0), (x1, y1) = points[-2:]
        distance = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        ux, uy = (x1 - x0) / distance, (y1 - y0) / distance
        back = (x1 - length * ux, y1 - length * uy)
        line = [*points[:-1], back] if head else list(points)
        dash = ' stroke-dasharray="5 3.5"' if kind == "backward" else ""
        self.parts.append(f'<path d="{_rounded(line)}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>')
        if head:
            corners = [(x1, y1), (back[0] - half * uy, back[1] + half * ux), (back[0] + half * uy, back[1] - half * ux)]
            shape = " ".join(f"{_number(x)},{_number(y)}" for x, y in corners)
            self.parts.append(f'<polygon points="{shape}" fill="{colour}"/>')

    def svg(self) -> str:
        """Return the finished figure as the text of an SVG file."""
        glyphs = "\n".join(f'<path id="{key}" d="{path}"/>' for key, path in sorted(self.glyphs.items()))
        parts = "\n".join(self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}" role="img" '
            f'aria-labelledby="{self.name}-title {self.name}-desc">\n'
            f'<title id="{self.name}-title">{escape(self.title)}</title>\n'
            f'<desc id="{self.name}-desc">{escape(self.description)}</desc>\n'
            f"<defs>\n{glyphs}\n</defs>\n"
            f'<rect x="0.5" y="0.5" width="{self.width - 1}" height="{self.height - 1}" rx="8" '
            f'fill="{PANEL}" stroke="{FRAME}"/>\n'
            f"{parts}\n</svg>\n"
        )


def _rounded(points: list[Point], radius: float = 8.0) -> str:
    """Return the path of a polyline whose corners are rounded."""
    commands = [f"M{_number(points[0][0])} {_number(points[0][1])}"]
    for (x0, y0), (x1, y1), (x2, y2) in zip(points, points[1:], points[2:], strict=False):
        before, after = ((x0 - x1) ** 2 + (y0 - y1) ** 2) ** 0.5, ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        r = min(radius, before / 2, after / 2)
        start = (x1 + (x0 - x1) * r / before, y1 + (y0 - y1) * r / before)
        end = (x1 + (x2 - x1) * r / after, y1 + (y2 - y1) * r / after)
        commands.append(
            f"L{_number(start[0])} {_number(start[1])}Q{_number(x1)} {_number(y1)} {_number(end[0])} {_number(end[1])}"
        )
    commands.append(f"L{_number(points[-1][0])} {_number(points[-1][1])}")
    return "".join(commands)

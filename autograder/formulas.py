r"""TeX formulas as MathML, which browsers and screen readers read without any script.

latex2mathml does the translation. What it gives is taken apart and put together again from a list of known elements,
since the TeX is a student's: it would copy HTML out of ``\text{...}`` into the page, and make links of ``\href``.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET

from latex2mathml.converter import convert

_SPACE = "{http://www.w3.org/1998/Math/MathML}"
_ELEMENTS = frozenset(
    "math mrow mi mo mn mtext mspace ms mfrac msqrt mroot msub msup msubsup munder mover munderover mmultiscripts "
    "mprescripts none mpadded mphantom menclose mtable mtr mtd mstyle".split()
)
_ATTRIBUTES = frozenset(
    "display mathvariant stretchy fence separator form symmetric largeop movablelimits accent accentunder width height "
    "linethickness depth lspace rspace minsize maxsize displaystyle scriptlevel columnalign rowspacing "
    "columnspacing".split()
)
_WIDE = 50
# Environments that the converter does not know, or would number, by one that does the same.
_ENVIRONMENTS = {
    **dict.fromkeys(("aligned", "align", "eqnarray", "eqnarray*"), "align*"),
    **dict.fromkeys(("gathered", "gather", "multline"), "gather*"),
    "equation": "equation*",
    "dcases": "cases",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([a-z]+\*?)\}")
LONGEST = 4000
"""Characters of a formula; longer ones are shown as they were written. Nesting is limited by Python's own recursion."""


def mathml(tex: str, block: bool = False) -> str:
    r"""A formula as a ``<math>`` element.

    Parameters
    ----------
    tex : str
        TeX without its dollar signs.
    block : bool
        Whether it stands in a line of its own.

    Returns
    -------
    str
        Safe HTML: MathML with the TeX in its ``alttext``, or the TeX as code where it cannot be read.

    Examples
    --------
    >>> mathml("h_t")
    '<math display="inline" alttext="h_t"><mrow><msub><mi>h</mi><mi>t</mi></msub></mrow></math>'
    >>> mathml(r"\frac{")
    '<code class="tex">\\frac{</code>'
    """
    tex = _CONTROL.sub("", tex)
    try:
        if len(tex) > LONGEST:
            raise ValueError("too long")
        root = ET.fromstring(convert(_ENVIRONMENT.sub(_known, tex), display="block" if block else "inline"))
        root.set("alttext", tex.strip())
        wide = not block and len(tex) > _WIDE
        return f'<span class="wide" tabindex="0">{_rebuilt(root)}</span>' if wide else _rebuilt(root)
    except Exception:  # the TeX is anybody's, and each part of the converter fails in ways of its own
        return f'<code class="tex">{html.escape(tex)}</code>'


def _known(found: re.Match[str]) -> str:
    return f"\\{found[1]}{{{_ENVIRONMENTS.get(found[2], found[2])}}}"


def _rebuilt(element: ET.Element) -> str:
    """An element with all that is not known left out, its text kept."""
    name = element.tag.removeprefix(_SPACE)
    if name not in _ELEMENTS:
        raise ValueError(f"not MathML: {name}")
    known = {key: value for key, value in element.attrib.items() if key in _ATTRIBUTES}
    if name == "math":
        known["alttext"] = element.attrib["alttext"]
        if known.get("display") == "block" and len(known["alttext"]) > _WIDE:
            known["tabindex"] = "0"  # on a phone it is wider than the page, and the keyboard must be able to move it
    attributes = "".join(f' {key}="{html.escape(value)}"' for key, value in known.items())
    inner = html.escape(element.text or "", quote=False)
    inner += "".join(_rebuilt(child) + html.escape(child.tail or "", quote=False) for child in element)
    return f"<{name}{attributes}>{inner}</{name}>"

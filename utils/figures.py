"""How the notebooks' figures are laid out, and a logarithmic axis that is quick to draw and to read."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LAYOUT = {
    "figure.subplot.left": 0.1,
    "figure.subplot.right": 0.97,
    "figure.subplot.bottom": 0.16,
    "figure.subplot.top": 0.9,
    "axes.titley": 1.0,  # else the title's place is looked for anew each time
    "text.hinting": "no_hinting",  # letters as they were designed, not moved onto the pixels, which takes a while
}


def lay_out_figures() -> None:
    """Have figures shown with the margins that they have, in a notebook that has imported matplotlib.

    Jupyter cuts off what is empty around a figure, for which it draws it twice. The margins set here need no cutting.
    What stands outside of the axes, such as a legend beside them, has room in a figure with ``layout="constrained"``.
    """
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is None:
        return
    matplotlib.rcParams.update(_LAYOUT)
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None:
        from matplotlib_inline.config import InlineBackend

        uncut: dict[str, Any] = {"bbox_inches": None}
        InlineBackend.instance(parent=shell).print_figure_kwargs = uncut


def log_axes(xlabel: str, ylabel: str, title: str, size: tuple[float, float] = (7, 3.2)) -> Axes:
    """Make a figure for curves whose vertical axis is logarithmic.

    Parameters
    ----------
    xlabel, ylabel, title : str
        What stands at its sides.
    size : tuple of float, optional
        Width and height of the figure, in inches.

    Returns
    -------
    matplotlib.axes.Axes
        To plot in; ``plt.show()`` shows the figure.
    """
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(figsize=size)
    log_scale(axes)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    # Where the layout has room for them; else matplotlib measures all numbers first to find a place beside them.
    axes.xaxis.set_label_coords(0.5, -0.12)
    axes.yaxis.set_label_coords(-0.072, 0.5)
    axes.locator_params(axis="x", nbins=5)
    axes.grid(alpha=0.3)
    return axes


def log_scale(axes: Axes) -> None:
    """Make the vertical axis logarithmic, with ticks at powers of ten only, or others where fewer than two are seen.

    Matplotlib's own logarithmic axis has eight small ticks between two powers and sets each label as a formula, which
    takes it longer than everything else in a plot.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Changed in place; before or after something is plotted.
    """
    from matplotlib.ticker import LogLocator, MaxNLocator

    class Powers(LogLocator):
        def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
            ticks = super().tick_values(vmin, vmax)
            seen = sum(vmin <= tick <= vmax for tick in ticks)
            return ticks if seen > 1 else MaxNLocator(4).tick_values(vmin, vmax)

    axes.set_yscale("log")
    axes.yaxis.set_major_locator(Powers(numticks=6))
    axes.yaxis.set_major_formatter(power_of_ten)
    axes.minorticks_off()


def power_of_ten(value: float, position: float | None = None) -> str:
    """Return a number as the label of a tick.

    Parameters
    ----------
    value : float
        Positive; where an axis shows less than two powers of ten there are ticks between them.
    position : float, optional
        The number of the tick, which matplotlib gives.

    Examples
    --------
    >>> power_of_ten(0.001), power_of_ten(100.0), power_of_ten(0.65)
    ('10⁻³', '10²', '0.65')
    """
    if value <= 0:
        return ""
    exponent = round(math.log10(value))
    if not math.isclose(value, 10.0**exponent):
        return f"{value:g}"
    return f"10{str(exponent).translate(_RAISED)}"

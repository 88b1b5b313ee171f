"""Figures: the logarithmic axis, and that notebooks show them uncut."""

from __future__ import annotations

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from utils.figures import lay_out_figures, log_scale, power_of_ten


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (1.0, "10⁰"),
        (1000.0, "10³"),
        (1e-16, "10⁻¹⁶"),
        (0.65, "0.65"),
        (2e-5, "2e-05"),
        (0.0, ""),
        (-1.0, ""),
    ],
)
def test_labels(value: float, label: str) -> None:
    assert power_of_ten(value) == label


def test_a_log_scale_has_a_tick_at_powers_of_ten_only() -> None:
    axes = Figure().subplots()
    axes.plot([1e-6, 1e-3, 10.0])
    log_scale(axes)
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert "10⁻⁶" in labels
    assert all(label.startswith("10") for label in labels)
    assert len(axes.yaxis.get_minorticklocs()) == 0


def test_a_flat_curve_has_ticks_too() -> None:
    axes = Figure().subplots()
    axes.plot([0.68, 0.69, 0.7])
    log_scale(axes)
    low, high = axes.get_ylim()
    seen = [power_of_ten(tick) for tick in axes.get_yticks() if low <= tick <= high]
    assert len(seen) >= 2


def test_axis_labels_and_title_lie_within_the_figure() -> None:
    with mpl.rc_context():
        lay_out_figures()
        figure = Figure(figsize=(7, 3.2))
        axes = figure.subplots()
        axes.plot([1e-12, 1.0])
        log_scale(axes)
        axes.set(title="title", xlabel="step", ylabel="loss")
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw(renderer)
        box = figure.get_tightbbox(renderer)
    assert min(box.x0, box.y0) >= 0
    assert box.x1 <= 7
    assert box.y1 <= 3.2

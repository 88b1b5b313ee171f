"""The visible check of `style_transfer`: two short looks at what it does with a small picture."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from PIL import Image
from torch import Tensor, optim
from torch.optim.optimizer import register_optimizer_step_pre_hook

from utils.checks.calling import quietly
from utils.checks.table import CheckError, Row, Table
from utils.diagnosis import describe

SIZE = (32, 40)
"""Height and width of the small pictures."""
ITERATIONS, DROP, CLAMPED_UNTIL = 200, 180, 190
RATE, LATER_RATE, BOUND = 3.0, 0.1, 1.5
LAYER = 1
LIKENESS = 0.6
"""Least correlation with the content picture of what comes from noise with the content term alone."""


def check_style_transfer(style_transfer: Any) -> None:
    """Check ``style_transfer(content_image, ...)`` on two pictures of 32 x 40 pixels, with the notebook's network.

    Raises
    ------
    CheckError
        If the result, where it begins, the learning rate, the clamping or the optimizer is wrong.
    """
    table = Table("style_transfer")
    with tempfile.TemporaryDirectory() as folder:
        files = _pictures(Path(folder))
        content = np.asarray(Image.open(files[0]), np.float64)
        usual = _look(style_transfer, files, (32, 24, LAYER, 1e-3, [LAYER, 4], [1e4, 1e2], 1e-2))
        _add(table, "result", _wrong_result(usual))
        if usual.rates:
            other = "it does not: the first iteration should see a copy of the content picture, read with image_size"
            _add(table, "begins with the content", "" if _likeness(usual.first, content) > 0.9 else other)
            _add(table, "learning rate", _wrong_rate(usual.rates))
            if not _wrong_count(usual.rates):
                _add(table, "clamping", _wrong_range(usual.lows, usual.highs))
            many = f"the optimizer holds {usual.held} tensors: [img] alone belongs there" if usual.held != 1 else ""
            _add(table, "what is optimised", many)
        else:
            table.fault(
                "optimizer",
                "no optimizer of torch.optim has made a step with a picture: does it hold [img], and is step() called?",
            )
        _add(table, "what is shown", _wrong_drawings(usual))
        noisy = _look(style_transfer, files, (32, 24, LAYER, 1e-2, [LAYER], [0.0], 0.0), init_random=True)
        begins = "it looks like the content picture, and should begin with noise when init_random is True"
        _add(table, "init_random", begins if abs(_likeness(noisy.first, content)) > 0.5 else "")
        lost = (
            "from noise, with the content term alone, the result should become like the content picture: look at the "
            "layer of the content target, at zero_grad, and at which tensor the optimizer holds"
        )
        _add(table, "content comes back", "" if _likeness(noisy.last, content) > LIKENESS else lost)
    table.finish()


class _Look:
    """What was seen while a picture was optimised."""

    def __init__(self) -> None:
        self.returned: Any = None
        self.first: Tensor | None = None
        self.last: Tensor | None = None
        self.rates: list[float] = []
        self.lows: list[float] = []
        self.highs: list[float] = []
        self.held = 0
        self.pictures = 0
        self.points = 0

    def note(self, optimizer: optim.Optimizer, args: Any, kwargs: Any) -> None:
        held = [(value, group["lr"]) for group in optimizer.param_groups for value in group["params"]]
        for value, rate in held:
            if value.shape[:-2] in ((3,), (1, 3)):
                self.last = value
                self.first = value.detach().clone() if self.first is None else self.first
                self.rates.append(float(rate))
                self.lows.append(float(value.detach().min()))
                self.highs.append(float(value.detach().max()))
                self.held = max(self.held, len(held))
                return


def _look(style_transfer: Any, files: tuple[str, str], args: tuple[Any, ...], **options: Any) -> _Look:
    if not callable(style_transfer):
        raise CheckError(f"style_transfer: expected a function, got {describe(style_transfer)}: run its cell")
    look = _Look()
    hook = register_optimizer_step_pre_hook(look.note)
    try:
        with quietly(), _noting_drawings(look), torch.random.fork_rng():
            look.returned = style_transfer(*files, *args, **options)
    except NotImplementedError as error:
        raise CheckError("style_transfer is not implemented yet, or calls something that is not") from error
    except Exception as error:
        names = ("image_size", "style_size", "content_layer", "content_weight", "style_layers", "style_weights")
        given = ", ".join(f"{name} {value}" for name, value in zip(names, args, strict=False))
        called = f"\n  It was called with pictures of {SIZE[0]} x {SIZE[1]} pixels, {given}"
        raise CheckError(f"style_transfer raised {type(error).__name__}: {error}{called}") from error
    finally:
        hook.remove()
    return look


@contextlib.contextmanager
def _noting_drawings(look: _Look) -> Iterator[None]:
    """Count what is drawn, instead of showing it."""
    imshow, plot, show, pause = Axes.imshow, Axes.plot, plt.show, plt.pause

    def counting_pictures(axes: Axes, *args: Any, **kwargs: Any) -> Any:
        look.pictures += 1
        return imshow(axes, *args, **kwargs)

    def measuring_curves(axes: Axes, *args: Any, **kwargs: Any) -> Any:
        lines = plot(axes, *args, **kwargs)
        look.points = max([look.points, *(np.size(line.get_xdata()) for line in lines)])
        return lines

    def nothing(*args: Any, **kwargs: Any) -> None:
        pass

    replaced: list[tuple[Any, str, Any, Any]] = [
        (Axes, "imshow", counting_pictures, imshow),
        (Axes, "plot", measuring_curves, plot),
        (plt, "show", nothing, show),
        (plt, "pause", nothing, pause),
    ]
    for owner, name, function, _ in replaced:
        setattr(owner, name, function)
    try:
        yield
    finally:
        for owner, name, _, original in replaced:
            setattr(owner, name, original)
        plt.close("all")


def _pictures(folder: Path) -> tuple[str, str]:
    """Write two pictures of soft coloured spots; returns their files."""
    rng = np.random.RandomState(498)
    files = []
    for name, cells in (("content", 4), ("style", 9)):
        small = Image.fromarray(rng.randint(0, 256, (cells, cells, 3)).astype(np.uint8))
        small.resize((SIZE[1], SIZE[0]), Image.Resampling.BILINEAR).save(folder / f"{name}.png")
        files.append(str(folder / f"{name}.png"))
    return files[0], files[1]


def _likeness(image: Tensor | None, picture: np.ndarray) -> float:
    """Correlation of a picture of the network's kind with plain pixels (H, W, 3)."""
    if image is None:
        return 0.0
    pixels = image.detach().cpu().reshape(image.shape[-3:]).permute(1, 2, 0).numpy().astype(np.float64)
    if pixels.shape != picture.shape or not np.isfinite(pixels).all() or not np.ptp(pixels) > 0:
        return 0.0
    return float(np.corrcoef(pixels.ravel(), picture.ravel())[0, 1])


def _wrong_result(look: _Look) -> str:
    shape = (1, 3, *SIZE)
    if not isinstance(look.returned, Tensor):
        return f"expected the final picture, a tensor of shape {shape}, got {describe(look.returned)}"
    if tuple(look.returned.shape) != shape:
        return f"expected shape {shape}, got {tuple(look.returned.shape)}"
    return "" if torch.isfinite(look.returned).all() else "it is not finite"


def _wrong_count(rates: list[float]) -> str:
    wrong = abs(len(rates) - ITERATIONS) > 1
    return f"expected {ITERATIONS} iterations, the optimizer made {len(rates)} steps" if wrong else ""


def _wrong_rate(rates: list[float]) -> str:
    if count := _wrong_count(rates):
        return count
    if not np.allclose(rates[: DROP - 1], RATE):
        return f"before iteration {DROP} it should be {RATE}, and is {min(rates[: DROP - 1]):g}"
    if not np.allclose(rates[DROP + 1 :], LATER_RATE):
        return f"from iteration {DROP} on it should be {LATER_RATE}, and is {max(rates[DROP + 1 :]):g}"
    return ""


def _wrong_range(lows: list[float], highs: list[float]) -> str:
    sizes = np.maximum(-np.array(lows), highs)
    if sizes[1 : CLAMPED_UNTIL - 1].max(initial=0) > BOUND + 1e-3:
        return f"before iteration {CLAMPED_UNTIL} some values are outside of [-{BOUND}, {BOUND}]"
    if sizes[1 : CLAMPED_UNTIL - 1].max(initial=0) < BOUND - 1e-3:
        return f"the values are clamped to less than [-{BOUND}, {BOUND}]"
    if sizes[CLAMPED_UNTIL + 2 :].max(initial=0) <= BOUND + 1e-3:
        return f"the values are still clamped after iteration {CLAMPED_UNTIL}"
    return ""


def _wrong_drawings(look: _Look) -> str:
    if look.pictures < 3:
        return f"{look.pictures} pictures: expected content, style and result at least; log.show() draws them"
    return "" if look.points >= 10 else "no learning curve: log.show() draws it"


def _add(table: Table, name: str, message: str) -> None:
    table.rows.append(Row(name, "wrong" if message else "ok", message=message))

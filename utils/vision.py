"""Helpers for pictures and for training on them: showing, a progress bar with memory, and learning curves."""

from __future__ import annotations

import contextlib
import math
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from unittest import mock

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor, nn

from utils.pretrained import backbone, load_backbone
from utils.pretrained.weights import MEAN, STD

PHASES = ("train", "val")
_DELAY = 1.0
"""Seconds before a bar appears; a shorter run needs none."""
_bars_wanted = True


def denormalise(images: Tensor) -> NDArray[np.float32]:
    """Undo the normalisation of pictures and put the colours last, as matplotlib wants them.

    Parameters
    ----------
    images : Tensor (..., 3, H, W)
        Normalised with `MEAN` and `STD`.

    Returns
    -------
    array (..., H, W, 3)
        Values from 0 to 1; what lies outside is cut off.
    """
    shape = (3, 1, 1)
    plain = images.detach().cpu().float() * torch.tensor(STD).view(shape) + torch.tensor(MEAN).view(shape)
    values: NDArray[np.float32] = plain.clamp(0, 1).movedim(-3, -1).numpy()
    return values


def imshow(image: Tensor, title: str | None = None) -> None:
    """Show one normalised picture, (3, H, W), in matplotlib's current axes, without the axes."""
    axes = plt.gca()
    axes.imshow(denormalise(image))
    axes.axis("off")
    if title is not None:
        axes.set_title(title, fontsize=9)


def show_pictures(images: Sequence[Tensor] | Tensor, titles: Sequence[str] = (), columns: int = 6) -> Figure:
    """Show normalised pictures side by side in a new figure.

    Parameters
    ----------
    images : sequence of Tensor (3, H, W), or Tensor (N, 3, H, W)
        The pictures, on any device.
    titles : sequence of str, optional
        One for each picture.
    columns : int, optional
        Pictures in a row.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there are titles, but not one for each picture.
    """
    if len(titles) not in (0, len(images)):
        raise ValueError(f"{len(images)} pictures and {len(titles)} titles: one title for each picture, please")
    columns = max(1, min(columns, len(images)))
    rows = max(1, math.ceil(len(images) / columns))
    figure = plt.figure(figsize=(1.7 * columns, 1.95 * rows), layout="constrained")
    for index, image in enumerate(images):
        plt.sca(figure.add_subplot(rows, columns, index + 1))
        imshow(image, titles[index] if titles else None)
    plt.show()
    return figure


class TrainingLog:
    """What happened while a model was trained: a progress bar while it runs, the numbers for the curves afterwards.

    It is kept with the model, where `plot_curves` and `best_of` find it.

    Parameters
    ----------
    model : torch.nn.Module
        The model that is trained.
    num_epochs : int
        How many epochs there will be.
    """

    def __init__(self, model: nn.Module, num_epochs: int) -> None:
        self.losses: dict[str, list[float]] = {phase: [] for phase in PHASES}
        self.accuracies: dict[str, list[float]] = {phase: [] for phase in PHASES}
        self._bar = _progress_bar(len(PHASES) * num_epochs) if num_epochs > 0 and _bars_wanted else None
        model.training_log = self  # type: ignore[assignment]

    def add(self, phase: str, loss: float, accuracy: float) -> None:
        """Note the mean loss and the accuracy of one phase of one epoch, each over all its samples.

        Parameters
        ----------
        phase : str
            ``train`` or ``val``.
        loss, accuracy : float
            Numbers or tensors of one element.

        Raises
        ------
        ValueError
            If there is no such phase.
        """
        if phase not in PHASES:
            raise ValueError(f"phase {phase!r}: expected 'train' or 'val'")
        self.losses[phase].append(float(loss))
        self.accuracies[phase].append(float(accuracy))
        if self._bar is None:
            return
        self._bar.set_postfix_str(f"{phase}: loss {float(loss):.3f}, accuracy {float(accuracy):.3f}", refresh=False)
        self._bar.update()
        if self._bar.n >= self._bar.total:
            self._bar.close()

    def __deepcopy__(self, memo: dict[int, Any]) -> TrainingLog:
        """Return itself: whoever copies a model copies its weights, not its past."""
        return self

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_bar": None}


@contextlib.contextmanager
def without_bars() -> Iterator[None]:
    """Let logs be kept without progress bars meanwhile, as checks do."""
    global _bars_wanted
    before, _bars_wanted = _bars_wanted, False
    try:
        yield
    finally:
        _bars_wanted = before


def _progress_bar(total: int) -> Any:
    with warnings.catch_warnings():
        # Without ipywidgets there is a bar of letters, which is as good.
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm

        return tqdm(total=total, desc="training", unit="phase", delay=_DELAY, file=sys.stdout)


class models:  # noqa: N801  it is called as torchvision's module is
    """Stands in for ``torchvision.models`` where a solution asks it for ResNet-18."""

    @staticmethod
    def resnet18(pretrained: bool = False, *, weights: Any = None) -> nn.Module:
        """Return ``load_backbone("resnet18")``, pretrained if either argument says so."""
        return load_backbone("resnet18", pretrained=bool(pretrained or weights))


@contextlib.contextmanager
def random_start() -> Iterator[None]:
    """Let `load_backbone` give every network random weights meanwhile, whatever it is asked for and by whom.

    With it, a function that borrows a network can be run a second time without its borrowed knowledge, unchanged.
    """
    embedded_net, torchvision_net = backbone.embedded_net, backbone._torchvision

    def random_embedded_net(pretrained: bool = True) -> nn.Module:
        return embedded_net(pretrained=False)

    def random_torchvision_net(name: str, pretrained: bool) -> nn.Module:
        return torchvision_net(name, pretrained=False)

    with (
        mock.patch.object(backbone, "embedded_net", random_embedded_net),
        mock.patch.object(backbone, "_torchvision", random_torchvision_net),
    ):
        yield


def log_of(model: Any) -> TrainingLog | None:
    """Return the log of a model, or None if its training kept none."""
    log = getattr(model, "training_log", None)
    return log if isinstance(log, TrainingLog) else None


def best_of(model: Any) -> float:
    """Return the best validation accuracy in a model's log; not a number if there is none."""
    log = log_of(model)
    return max(log.accuracies["val"], default=math.nan) if log else math.nan


def plot_curves(models: Mapping[str, Any]) -> Figure:
    """Draw loss and accuracy of some trained models over the epochs, training dashed, validation solid.

    Models differ in their markers as well as in colour.

    Parameters
    ----------
    models : mapping
        Models by the names that the legend is to give them. One that was trained without a `TrainingLog` is left out,
        with a note.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, panels = plt.subplots(1, 2, figsize=(10.5, 3.2), layout="constrained")
    for number, (name, model) in enumerate(models.items()):
        log = log_of(model)
        if log is None:
            print(f"no curves for {name}: train_model kept no TrainingLog for it, or another model was returned")
            continue
        for axes, values in zip(panels, (log.losses, log.accuracies), strict=True):
            for phase, style in zip(PHASES, ("--", "-"), strict=True):
                epochs = range(1, len(values[phase]) + 1)
                label = f"{name}, {phase}"
                marker, colour = "os^Dv"[number % 5], f"C{number}"
                axes.plot(epochs, values[phase], style, color=colour, marker=marker, markersize=4, label=label)
    for axes, title in zip(panels, ("loss", "accuracy"), strict=True):
        axes.set(xlabel="epoch", title=title)
        axes.grid(alpha=0.3)
    panels[0].set_ylim(bottom=0)
    if panels[1].lines:
        panels[1].legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.02, 1))
    plt.show()
    return figure

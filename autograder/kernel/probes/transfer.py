"""Tiny training runs that take notes, for the tests of transfer learning: loaders, models, optimizer and scheduler."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn, optim
from torch.optim import lr_scheduler
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.utils.data import DataLoader, TensorDataset

MOST_NOTES = 2000


class Notes:
    """What happened, in order, as short words."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def add(self, event: str) -> None:
        if len(self.events) < MOST_NOTES:
            self.events.append(event)

    def __deepcopy__(self, memo: dict[int, Any]) -> Notes:
        """Return itself: the copy of a model goes on writing here."""
        return self


class Loader(DataLoader):
    """Notes when somebody begins to go through it."""

    def __init__(self, notes: Notes, split: str, data: Sequence[Tensor], batch: int) -> None:
        super().__init__(TensorDataset(*data), batch_size=batch)
        self._notes = notes
        self._split = split

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        self._notes.add(f"open {self._split}")
        return super().__iter__()


class Model(nn.Module):
    """A linear layer, with batch normalisation before it if that is asked for; notes how it is called."""

    def __init__(self, notes: Notes, weight: Tensor, bias: Tensor, normalised: bool) -> None:
        super().__init__()
        classes, inputs = weight.shape
        self._notes = notes
        self.norm = nn.BatchNorm1d(inputs, affine=False) if normalised else nn.Identity()
        self.fc = nn.Linear(inputs, classes)
        with torch.no_grad():
            self.fc.weight.copy_(weight)
            self.fc.bias.copy_(bias)

    def forward(self, x: Tensor) -> Tensor:
        mode = "train" if self.training else "eval"
        self._notes.add(f"forward {mode} {'gradients' if torch.is_grad_enabled() else 'no gradients'}")
        scores: Tensor = self.fc(self.norm(torch.flatten(x, 1)))
        return scores


def task(
    weight: Tensor,
    bias: Tensor,
    train: Sequence[Tensor],
    val: Sequence[Tensor],
    batch: int,
    learning_rate: float,
    decay: float,
    normalised: bool = False,
) -> tuple[Any, ...]:
    """Make everything that a training loop takes.

    Parameters
    ----------
    weight, bias : Tensor (C, D), Tensor (C,)
        Where the linear model starts.
    train, val : pair of Tensor (N, ...), Tensor (N,)
        Inputs and labels.
    batch : int
        Samples in a batch; the order is kept.
    learning_rate, decay : float
        Of plain gradient descent; the scheduler multiplies the rate by `decay` at every step of its own.

    Returns
    -------
    tuple
        ``device, dataloaders, dataset_sizes, model, criterion, optimizer, scheduler, notes``.
    """
    notes = Notes()
    model = Model(notes, weight, bias, normalised)
    optimizer = optim.SGD(model.parameters(), lr=learning_rate)
    scheduler = lr_scheduler.StepLR(optimizer, step_size=1, gamma=decay)
    _note_calls(notes, optimizer, "step", "optimizer")
    _note_calls(notes, scheduler, "step", "scheduler")
    loaders = {name: Loader(notes, name, data, batch) for name, data in (("train", train), ("val", val))}
    sizes = {name: len(data[1]) for name, data in (("train", train), ("val", val))}
    return torch.device("cpu"), loaders, sizes, model, nn.CrossEntropyLoss(), optimizer, scheduler, notes


def _note_calls(notes: Notes, owner: Any, method: str, event: str) -> None:
    original: Callable[..., Any] = getattr(owner, method)

    @functools.wraps(original)
    def noting(*args: Any, **kwargs: Any) -> Any:
        notes.add(event)
        return original(*args, **kwargs)

    setattr(owner, method, noting)


def events(notes: Notes) -> str:
    """Return the notes as one text, an event a line."""
    return "\n".join(notes.events)


def loaders(train: Sequence[Tensor], val: Sequence[Tensor], batch: int) -> tuple[Any, ...]:
    """Make ``device, dataloaders, dataset_sizes`` of pictures and labels; the order is kept.

    The device is the GPU where there is one, as in the notebook.
    """
    notes = Notes()
    made = {name: Loader(notes, name, data, batch) for name, data in (("train", train), ("val", val))}
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return device, made, {"train": len(train[1]), "val": len(val[1])}


def seed(number: int) -> None:
    """Seed torch, so that a new layer starts from the same numbers at each grading."""
    torch.manual_seed(number)


def scores(model: nn.Module, images: Tensor) -> Tensor:
    """What a model says to pictures, (N, 3, H, W) -> (N, classes), in eval mode and where its weights are."""
    model.eval()
    device = next(model.parameters()).device
    with torch.no_grad():
        return torch.cat([model(part.to(device)).cpu() for part in images.split(32)])


def compare(model: nn.Module, start: nn.Module) -> list[float]:
    """Compare a trained model with where it started from, the last layer ``fc`` apart.

    Returns
    -------
    list
        How many parameters there are below ``fc``; how many of them have another value than before; how many of them
        have a gradient; the smallest cosine between a weight of a layer and what it was.
    """
    before = dict(start.named_parameters())
    own = {name: value for name, value in model.named_parameters() if not name.startswith("fc.")}
    if set(own) != {name for name in before if not name.startswith("fc.")}:
        raise ValueError("the layers below fc are not those of the backbone")
    moved, cosines = 0, [1.0]
    for name, value in own.items():
        now, then = value.detach().cpu().flatten(), before[name].detach().cpu().flatten()
        moved += not torch.equal(now, then)
        if value.dim() > 1:
            cosines.append(float(torch.cosine_similarity(now, then, dim=0)))
    return [len(own), moved, sum(value.grad is not None for value in own.values()), min(cosines)]


class OptimizerWatch:
    """Remembers which parameters the optimizers that step have, and which of them change from one step to another.

    What a model comes back with may be the weights from before all steps, if they happened to be the best.
    """

    def __init__(self) -> None:
        self.held: dict[int, Tensor] = {}
        self.moved: set[int] = set()
        self._first: dict[int, Tensor] = {}
        self.hook = register_optimizer_step_pre_hook(self._look)

    def _look(self, optimizer: optim.Optimizer, args: Any, kwargs: Any) -> None:
        for group in optimizer.param_groups:
            for value in group["params"]:
                key = id(value)
                if key not in self.held:
                    self.held[key], self._first[key] = value, value.detach().clone()
                elif key not in self.moved and not torch.equal(self._first[key], value.detach()):
                    self.moved.add(key)


_watch: list[OptimizerWatch] = []


def watch_optimizers() -> None:
    """Begin to look at optimizers; `held` says what was seen."""
    stop_watching()
    _watch.append(OptimizerWatch())


def stop_watching() -> None:
    """Look no longer."""
    while _watch:
        _watch.pop().hook.remove()


def held(model: nn.Module) -> list[int]:
    """What the optimizers held since `watch_optimizers`.

    Returns
    -------
    list of int
        How many parameters of ``fc``, and how many of them changed; how many others, and how many of them changed.
    """
    watch = _watch[-1]
    stop_watching()
    last = [value for name, value in model.named_parameters() if name.startswith("fc.")]
    # Known by identity, or by shape where the model that came back is a copy of the one that was trained.
    ids, shapes = {id(value) for value in last}, {value.shape for value in last}
    inside = {key for key, value in watch.held.items() if key in ids or value.shape in shapes}
    others = watch.held.keys() - inside
    return [len(inside), len(inside & watch.moved), len(others), len(others & watch.moved)]

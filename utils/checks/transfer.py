"""The visible checks of the transfer-learning notebook: small training runs, and what became of the weights."""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor, nn, optim
from torch.optim import lr_scheduler
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.utils.data import DataLoader, TensorDataset

from utils.checks.calling import quietly
from utils.checks.table import CheckError, Row, Table
from utils.diagnosis import describe
from utils.pretrained import load_backbone
from utils.vision import log_of, without_bars

CASES = Path(__file__).with_name("transfer_cases.json")
"""Small training runs: data, the weights that come out, and the weights that typical mistakes give."""
CLASSES = ["ants", "bees"]
CLOSE = 1e-3
AGREEMENT = 0.0151
NOT_PRETRAINED = (
    "the weights have nothing to do with the pretrained ones: do they come from load_backbone, and is the learning "
    "rate small enough to leave them near?"
)


def check_train_model(train_model: Any) -> None:
    """Check ``train_model(device, dataloaders, dataset_sizes, model, criterion, optimizer, scheduler, num_epochs)``.

    Raises
    ------
    CheckError
        If the weights that it ends with, the modes, or what it does with ``num_epochs=0`` are wrong.
    """
    table = Table("train_model")
    for name, case in _cases().items():
        run = _Run(case, case["epochs"], train_model)
        got = np.concatenate([run.model.fc.weight.detach().numpy().ravel(), run.model.fc.bias.detach().numpy()])
        _add(table, name, _why_not(got, case))
    _add(table, "modes and gradients", _wrong_mode(run.notes))
    if log_of(run.returned) is None:
        table.note("curves", "no TrainingLog at the model: log = TrainingLog(model, num_epochs) draws the curves later")
    elif any(len(values) != case["epochs"] for values in log_of(run.returned).accuracies.values()):  # type: ignore[union-attr]
        table.note("curves", "call log.add(phase, loss, accuracy) once at the end of each phase")
    untrained = _Run(case, 0, train_model)
    _add(table, "num_epochs=0", _wrong_evaluation(untrained, case))
    table.finish()


def check_visualize_model(visualize_model: Any) -> None:
    """Check ``visualize_model(device, dataloaders, model, class_names, num_images)``.

    Raises
    ------
    CheckError
        If the number of pictures, their titles, or the mode of the model afterwards is wrong.
    """
    table = Table("visualize_model")
    names = ["red", "green", "blue"]
    # Squares of one colour each, and a model that says a wrong class to the last of every three.
    images = torch.full((9, 3, 8, 8), -1.0)
    labels = torch.arange(9) % 3
    images[torch.arange(9), labels] = 1.0
    predicted = [names[label] if label < 2 else names[0] for label in labels.tolist()]
    data = {"train": TensorDataset(-images, labels), "val": TensorDataset(images, labels)}
    loaders = {name: DataLoader(part, 4) for name, part in data.items()}
    drawn: list[tuple[str, int]] = []
    called_in_training = False
    for training in (True, False):
        model = _Colours().train(training)
        with _drawings() as pictures:
            _call("visualize_model", visualize_model, torch.device("cpu"), loaders, model, names, num_images=6)
        drawn = [(words, _colour(picture)) for words, picture in pictures]
        called_in_training |= model.called_in_training
        came = "training" if training else "evaluation"
        _add(table, f"mode, came in {came}", "" if model.training is training else "is left in the other mode")
    count = f"expected 6, got {len(drawn)}: one imshow for each picture" if len(drawn) != 6 else ""
    _add(table, "number of pictures", count)
    wrong = [words for words, colour in drawn if colour >= 0 and predicted[colour] not in words.lower()]
    message = f"the predicted class is missing in {wrong[0]!r}: take the largest score" if wrong else ""
    if any(colour < 0 for _, colour in drawn):
        message = "what is drawn are not the pictures of dataloaders['val'] with the colours as the last axis"
    _add(table, "titles", message if drawn else "no picture is drawn")
    _add(table, "evaluation mode", "the model is called in training mode" if called_in_training else "")
    table.finish()


def check_finetune(finetune: Any) -> None:
    """Check ``finetune(device, dataloaders, dataset_sizes, class_names)`` on a few tiny pictures.

    Raises
    ------
    CheckError
        If the last layer is not new, a weight is not trained, or the network is not the pretrained one.
    """
    table = Table("finetune")
    model, trained = _trained("finetune", finetune)
    _add(table, "two scores", _wrong_scores(model))
    count, _, likeness = _compare(model)
    _add(table, "pretrained weights", "" if likeness > 0.5 else NOT_PRETRAINED)
    everything = count + len(list(model.fc.parameters()))
    still = (
        f"expected all {everything} weights and biases to learn, and the optimizer has changed {trained}: does it hold "
        "model.parameters(), after fc was replaced, and does train_model run with it?"
        if trained < everything
        else ""
    )
    _add(table, "all weights trained", still)
    table.finish()


def check_freeze(freeze: Any) -> None:
    """Check ``freeze(device, dataloaders, dataset_sizes, class_names)`` on a few tiny pictures.

    Raises
    ------
    CheckError
        If the last layer is not new, a weight below it has changed or needs a gradient.
    """
    table = Table("freeze")
    model, trained = _trained("freeze", freeze)
    _add(table, "two scores", _wrong_scores(model))
    count, changed, likeness = _compare(model)
    _add(table, "pretrained weights", "" if likeness > 0.5 else NOT_PRETRAINED)
    moved = f"expected none below fc to change, {changed} of {count} weights and biases did: is requires_grad False?"
    _add(table, "frozen weights", moved if changed else "")
    needing = sum(p.requires_grad for name, p in model.named_parameters() if not name.startswith("fc."))
    _add(table, "no gradients for them", f"{needing} of {count} have requires_grad=True" if needing else "")
    still = "expected fc to learn, and the optimizer has changed nothing: does it hold the parameters of the new fc?"
    _add(table, "new layer trained", "" if trained else still)
    table.finish()


def check_report(report: Any, models: Mapping[str, Any], loader: Any, device: torch.device) -> None:
    """Check that ``report()`` says of each model what it really does on the pictures of `loader`.

    Raises
    ------
    CheckError
        If a number is missing or another one is measured.
    """
    table = Table("report")
    accuracies = _call("report", report)
    if not isinstance(accuracies, Mapping):
        raise CheckError(f"report: expected a dictionary, got {describe(accuracies)}")
    for name, model in models.items():
        measured, said = _measure(model, loader, device), accuracies.get(name)
        try:
            number = float(said)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            number = math.nan
        if math.isnan(number):
            _add(table, name, f"expected a number, got {'nothing' if said is None else describe(said)}")
        elif not 0 <= number <= 1:
            _add(table, name, f"expected a fraction from 0 to 1, got {number:g}")
        else:
            apart = f"expected {measured:.4f}, what the model reaches on the validation pictures, got {number:.4f}"
            _add(table, name, apart if abs(number - measured) > AGREEMENT else "")
    table.finish()


@cache
def _cases() -> dict[str, dict[str, Any]]:
    cases: dict[str, dict[str, Any]] = json.loads(CASES.read_text(encoding="utf-8"))
    return cases


def _add(table: Table, name: str, message: str) -> None:
    table.rows.append(Row(name, "wrong" if message else "ok", message=message))


def _call(name: str, function: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a student's function in silence; an exception becomes a `CheckError` that it caused."""
    if not callable(function):
        raise CheckError(f"{name}: expected a function, got {describe(function)}: run the cell that defines it")
    try:
        with quietly(), without_bars():
            return function(*args, **kwargs)
    except NotImplementedError as error:
        raise CheckError(f"{name} is not implemented yet, or calls something that is not") from error
    except Exception as error:
        raise CheckError(f"{name} raised {type(error).__name__}: {error}") from error


class _Linear(nn.Module):
    """A linear layer that writes down how it is called."""

    def __init__(self, notes: list[str], weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.fc = nn.Linear(weight.shape[1], weight.shape[0])
        self.fc.load_state_dict({"weight": weight, "bias": bias})
        self._note = notes.append

    def forward(self, x: Tensor) -> Tensor:
        mode = "training" if self.training else "evaluation"
        self._note(f"{mode}, {'' if torch.is_grad_enabled() else 'no '}gradients")
        scores: Tensor = self.fc(x)
        return scores


class _Run:
    """One call of train_model on a small case."""

    def __init__(self, case: Mapping[str, Any], epochs: int, train_model: Any) -> None:
        self.notes: list[str] = []
        data = {
            name: TensorDataset(torch.tensor(case[f"x_{name}"]), torch.tensor(case[f"y_{name}"]))
            for name in ("train", "val")
        }
        loaders = {name: _Loader(name, self.notes, part, case["batch"]) for name, part in data.items()}
        sizes = {name: len(part) for name, part in data.items()}
        model = _Linear(self.notes, torch.tensor(case["weight"]), torch.tensor(case["bias"]))
        optimizer = optim.SGD(model.parameters(), lr=case["rate"])
        scheduler = lr_scheduler.StepLR(optimizer, step_size=1, gamma=case["decay"])
        arguments = (torch.device("cpu"), loaders, sizes, model, nn.CrossEntropyLoss(), optimizer, scheduler)
        self.returned = _call("train_model", train_model, *arguments, num_epochs=epochs)
        if not isinstance(self.returned, _Linear):
            raise CheckError(f"train_model: expected the model, got {describe(self.returned)}: what does it return?")
        self.model = self.returned


class _Loader(DataLoader):
    def __init__(self, name: str, notes: list[str], data: TensorDataset, batch: int) -> None:
        super().__init__(data, batch_size=batch)
        self._open = lambda: notes.append(f"open {name}")

    def __iter__(self) -> Any:
        self._open()
        return super().__iter__()


def _why_not(got: np.ndarray, case: Mapping[str, Any]) -> str:
    if np.allclose(got, case["expected"], rtol=CLOSE, atol=CLOSE):
        return ""
    for message, wrong in case["mistakes"].items():
        if any(np.allclose(got, each, rtol=CLOSE, atol=CLOSE) for each in wrong):
            return str(message)
    if not np.all(np.isfinite(got)):
        return "the weights are not finite"
    return (
        "the weights are others than gradient descent gives, by no mistake that is known here: for each training batch "
        "zero_grad, forward, backward of the mean loss, one step"
    )


def _wrong_mode(notes: list[str]) -> str:
    phase = ""
    for note in notes:
        if note.startswith("open "):
            phase = note.removeprefix("open ")
        elif phase == "train" and note != "training, gradients":
            return f"a training batch meets the model with: {note}; expected: training, gradients"
        elif phase == "val" and note != "evaluation, no gradients":
            return f"a validation batch meets the model with: {note}; expected: evaluation, no gradients"
    return ""


def _wrong_evaluation(run: _Run, case: Mapping[str, Any]) -> str:
    before = np.concatenate([np.ravel(case["weight"]), case["bias"]]).astype(np.float32)
    weights = [run.model.fc.weight.detach().numpy().ravel(), run.model.fc.bias.detach().numpy()]
    if not np.array_equal(np.concatenate(weights), before):
        return "the weights have changed"
    calls = [note for note in run.notes if not note.startswith("open ")]
    if not calls:
        return "the model is not evaluated on the validation set"
    return "the training set is opened: only 'val' is wanted" if "open train" in run.notes else _wrong_mode(run.notes)


class _Colours(nn.Module):
    """Takes red for red, green for green and blue for red; remembers whether it was called in training mode."""

    def __init__(self) -> None:
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(1))
        self.called_in_training = False

    def forward(self, x: Tensor) -> Tensor:
        self.called_in_training |= self.training
        mean = x.mean(dim=(2, 3))
        return torch.stack([mean[:, 0] + mean[:, 2] + 0.5, mean[:, 1], mean[:, 2] - 2], dim=1) + self.nothing


@contextlib.contextmanager
def _drawings() -> Iterator[list[tuple[str, np.ndarray]]]:
    """Collect what is drawn with `imshow`, and the words at it, instead of showing it."""
    axes_of: list[tuple[Axes, Any]] = []
    found: list[tuple[str, np.ndarray]] = []
    imshow, show, pause = Axes.imshow, plt.show, plt.pause

    def noting(axes: Axes, picture: Any, *args: Any, **kwargs: Any) -> Any:
        axes_of.append((axes, picture))
        return imshow(axes, picture, *args, **kwargs)

    def nothing(*args: Any, **kwargs: Any) -> None:
        pass

    replaced: list[tuple[Any, str, Callable[..., Any]]] = [(Axes, "imshow", noting)]
    replaced += [(plt, "show", nothing), (plt, "pause", nothing)]
    for owner, name, function in replaced:
        setattr(owner, name, function)
    try:
        yield found
        for axes, picture in axes_of:
            words = [axes.get_title(where) for where in ("left", "center", "right")]
            words += [axes.get_xlabel(), axes.get_ylabel(), *(text.get_text() for text in axes.texts)]
            found.append((re.sub(r"\s+", " ", " ".join(words)).strip(), np.asarray(picture)))
    finally:
        for (owner, name, _), original in zip(replaced, (imshow, show, pause), strict=True):
            setattr(owner, name, original)
        plt.close("all")


def _colour(picture: np.ndarray) -> int:
    """Which of red, green and blue a drawn square is; -1 if it is no picture."""
    if picture.ndim != 3 or picture.shape[-1] not in (3, 4):
        return -1
    colours = picture[..., :3].reshape(-1, 3).astype(float).mean(axis=0)
    return int(np.argmax(colours)) if np.sort(colours)[-1] > np.sort(colours)[-2] + 0.1 else -1


def _trained(name: str, function: Any) -> tuple[Any, int]:
    """Call finetune or freeze with ten tiny pictures; returns its model, and how many parameters an optimizer changed.

    The model that comes back may have the weights from before the first step, if they were the best.
    """
    generator = torch.Generator().manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    loaders, sizes = {}, {"train": 6, "val": 4}
    for phase, count in sizes.items():
        images = torch.randn(count, 3, 32, 32, generator=generator)
        loaders[phase] = DataLoader(TensorDataset(images, torch.arange(count) % 2), 3)
    first: dict[int, tuple[Tensor, Tensor]] = {}
    changed: set[int] = set()

    def look(optimizer: optim.Optimizer, args: Any, kwargs: Any) -> None:
        for value in (value for group in optimizer.param_groups for value in group["params"]):
            _, start = first.setdefault(id(value), (value, value.detach().clone()))
            if not torch.equal(start, value.detach()):
                changed.add(id(value))

    hook = register_optimizer_step_pre_hook(look)
    try:
        model = _call(name, function, device, loaders, sizes, CLASSES)
    finally:
        hook.remove()
    if not isinstance(model, nn.Module):
        raise CheckError(f"{name}: expected the trained model, got {describe(model)}: is the `return` missing?")
    if not isinstance(getattr(model, "fc", None), nn.Module):
        raise CheckError(f"{name}: the model has no layer `fc` any more: replace model.fc")
    return model.cpu(), len(changed)


def _wrong_scores(model: Any) -> str:
    with torch.no_grad(), quietly():
        shape = tuple(model.eval()(torch.zeros(3, 3, 32, 32)).shape)
    if shape == (3, 2):
        return ""
    return f"3 pictures give scores of shape {shape}, expected (3, 2): replace model.fc by a layer with 2 outputs"


def _compare(model: Any) -> tuple[int, int, float]:
    """How many parameters there are below fc, how many have changed, and the least likeness of a layer to its start."""
    before = {name: p for name, p in load_backbone("resnet18").named_parameters() if not name.startswith("fc.")}
    now = dict(model.named_parameters())
    if not before.keys() <= now.keys():
        raise CheckError("the layers below fc are not those of load_backbone('resnet18')")
    moved, likeness = 0, 1.0
    for name, start in before.items():
        value = now[name].detach()
        moved += not torch.equal(value, start.detach())
        if start.dim() > 1:
            likeness = min(likeness, float(torch.cosine_similarity(value.flatten(), start.detach().flatten(), dim=0)))
    return len(before), moved, likeness


@torch.no_grad()
def _measure(model: Any, loader: Any, device: torch.device) -> float:
    if not isinstance(model, nn.Module):
        raise CheckError(f"report: expected a trained model to measure, got {describe(model)}: run the cells above")
    was_training = model.training
    model.eval()
    right = total = 0
    for inputs, labels in loader:
        right += int((model(inputs.to(device)).argmax(dim=1).cpu() == labels).sum())
        total += len(labels)
    model.train(was_training)
    return right / total

"""Helpers for the tests of style transfer: gradients, counted operations, and a look into a whole run."""

from __future__ import annotations

import inspect
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from PIL import Image
from torch import Tensor, nn, optim
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.overrides import TorchFunctionMode

from autograder.kernel.probes import drawing

MOST_STEPS = 1000
MOST_CURVES = 64
MOST_PIXELS = 10**5
NETWORK = "cnn"
"""The notebook's global name of the network."""


def gradient(function: Callable[..., Any], position: int, args: Sequence[Any], upstream: Tensor | None = None) -> Any:
    """Call a function and go backwards from its result.

    Parameters
    ----------
    function : callable
        Returns a tensor.
    position : int
        Which of `args` to take the gradient for: a tensor or a list of tensors.
    args : sequence
        What to call it with.
    upstream : Tensor, optional
        Gradient of the result; ones if not given.

    Returns
    -------
    Tensor, list of Tensor or None
        Like the argument; zeros where no gradient arrives; None if there is no way back from the result at all.
    """
    many = isinstance(args[position], (list, tuple))
    leaves = [value.clone().requires_grad_() for value in (args[position] if many else [args[position]])]
    given = [*args[:position], leaves if many else leaves[0], *args[position + 1 :]]
    result = function(*given)
    if not isinstance(result, Tensor) or not result.requires_grad:
        return None
    result.backward(torch.ones_like(result) if upstream is None else upstream.reshape(result.shape))
    found = [torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in leaves]
    return found if many else found[0]


class _Counter(TorchFunctionMode):
    """Counts what is asked of PyTorch."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls += 1
        return func(*args, **(kwargs or {}))


def operations(function: Callable[..., Any], args: Sequence[Any]) -> int:
    """How many operations of PyTorch a call makes."""
    with _Counter() as counter:
        function(*args)
    return counter.calls


class _Run:
    """Puts a network in the place of the notebook's and looks on while a picture is optimised."""

    def __init__(self, function: Any, layers: Sequence[tuple[Tensor, Tensor, int]]) -> None:
        function = inspect.unwrap(function)
        self._names = getattr(function, "__func__", function).__globals__
        self._before = self._names.get(NETWORK)
        device = next((value.device for value in self._before.parameters()), None) if self._before is not None else None
        self._network = _network(layers).to(device)
        self._weights = [value.clone() for value in self._network.parameters()]
        self.folder = Path(tempfile.mkdtemp(prefix="pictures-"))
        self.inputs: list[list[int]] = []
        self.steps: list[tuple[float, float, float, int]] = []
        self.first: Tensor | None = None
        self.image: Tensor | None = None
        self.kinds: set[str] = set()
        self.curves: list[Any] = []
        self._plot = Axes.plot
        self._names[NETWORK] = self._network
        self._network[0].register_forward_pre_hook(self._note_input)
        self._hook = register_optimizer_step_pre_hook(self._note_step)
        Axes.plot = self._noting_plot()  # type: ignore[method-assign]
        drawing.watch()

    def _note_input(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        shape = list(args[0].shape)
        if shape not in self.inputs and len(self.inputs) < 16:
            self.inputs.append(shape)

    def _note_step(self, optimizer: optim.Optimizer, args: Any, kwargs: Any) -> None:
        held = [(value, group) for group in optimizer.param_groups for value in group["params"]]
        pictures = [pair for pair in held if pair[0].shape[:-2] in ((3,), (1, 3))]
        if not pictures or len(self.steps) >= MOST_STEPS:
            return
        self.kinds.add(type(optimizer).__name__)
        self.image, group = pictures[0]
        values = self.image.detach()
        if self.first is None:
            self.first = values.clone()
        self.steps.append((float(group["lr"]), float(values.min()), float(values.max()), len(held)))

    def _noting_plot(self) -> Any:
        plot, curves = self._plot, self.curves

        def noting(axes: Axes, *args: Any, **kwargs: Any) -> Any:
            lines = plot(axes, *args, **kwargs)
            if len(curves) < MOST_CURVES:
                curves.extend(lines)
            return lines

        return noting

    @property
    def network_changed(self) -> bool:
        pairs = zip(self._weights, self._network.parameters(), strict=True)
        return not all(torch.equal(before, now) for before, now in pairs)

    def stop(self) -> None:
        self._hook.remove()
        Axes.plot = self._plot  # type: ignore[method-assign]
        drawing.stop()
        self._names[NETWORK] = self._before
        shutil.rmtree(self.folder, ignore_errors=True)


def _network(layers: Sequence[tuple[Tensor, Tensor, int]]) -> nn.Sequential:
    """3x3 convolutions, each with a ReLU behind it, all of them layers; nothing of it is to be trained."""
    modules: list[nn.Module] = []
    for weight, bias, stride in layers:
        convolution = nn.Conv2d(weight.shape[1], weight.shape[0], 3, stride, padding=1)
        convolution.load_state_dict({"weight": weight, "bias": bias})
        modules += [convolution, nn.ReLU()]
    return nn.Sequential(*modules).requires_grad_(False)


_running: list[_Run] = []


def begin(
    function: Any, layers: Sequence[tuple[Tensor, Tensor, int]], content: np.ndarray, style: np.ndarray, seed: int
) -> tuple[str, str]:
    """Prepare a call of ``style_transfer`` on two pictures and a network; `seen` says what happened.

    Parameters
    ----------
    function : callable
        The student's function, among whose global names the network is.
    layers : sequence of (Tensor (O, I, 3, 3), Tensor (O,), int)
        Weight, bias and stride of the network's convolutions.
    content, style : array (H, W, 3) of uint8
        The pictures.
    seed : int
        For torch, so that a picture of noise is the same at each grading.

    Returns
    -------
    tuple of str
        The files of both pictures.
    """
    stop()
    torch.manual_seed(seed)
    _running.append(_Run(function, layers))
    files = [_running[0].folder / f"{name}.png" for name in ("content", "style")]
    for file, pixels in zip(files, (content, style), strict=True):
        Image.fromarray(pixels).save(file)
    return str(files[0]), str(files[1])


def stop() -> None:
    """Look no longer, and give the notebook its network back."""
    while _running:
        _running.pop().stop()


def seen() -> dict[str, Any]:
    """What was seen since `begin`.

    Returns
    -------
    dict
        ``steps``: array (steps, 4) of learning rate, smallest and largest value of the picture before the step, and
        the number of tensors that the optimizer held. ``first`` and ``last``: the picture before the first step and
        in the end, or None. ``kinds``: the optimizers. ``inputs``: shapes that the network was given.
        ``network_changed``. ``shown``: how many pictures were drawn with imshow; ``pictures``: those of them that are
        small. ``points``: of the longest curve.
    """
    run = _running[-1]
    pictures = drawing.drawn()[1::2]
    found = {
        "steps": np.array(run.steps, dtype=np.float64).reshape(-1, 4),
        "first": run.first,
        "last": None if run.image is None else run.image.detach().clone(),
        "kinds": " ".join(sorted(run.kinds))[:200],
        "inputs": run.inputs,
        "network_changed": run.network_changed,
        "shown": len(pictures),
        "pictures": [picture for picture in pictures if picture.size < MOST_PIXELS and picture.dtype.kind in "fiu"],
        "points": max((np.size(line.get_xdata()) for line in run.curves), default=0),
    }
    stop()
    return found

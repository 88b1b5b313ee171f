"""Trains a captioning model on random minibatches."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from utils.captioning.optim import RULES, Config, UpdateRule
from utils.data.captions import sample_coco_minibatch


class Captioner(Protocol):
    """What a model needs so that it can be trained."""

    params: dict[str, NDArray[Any]]

    def loss(self, features: NDArray[Any], captions: NDArray[Any]) -> tuple[float, dict[str, NDArray[Any]]]:
        """Return the loss of a minibatch and its gradients, by the names of the parameters."""
        ...


class CaptioningSolver:
    """Trains a model: draws a minibatch, asks for loss and gradients, updates every parameter, again and again.

    Parameters
    ----------
    model : CaptioningRNN
        Has ``params`` (dict of arrays, replaced by new ones) and ``loss(features, captions) -> loss, grads``.
    data : dict
        From `utils.data.load_coco_data`, or a part of it.
    update_rule : str or callable, optional
        ``"sgd"``, ``"adam"``, or a function like those in `utils.captioning.optim`.
    optim_config : mapping, optional
        What the update rule takes, such as ``{"learning_rate": 5e-3}``.
    lr_decay : float, optional
        The learning rate is multiplied by it after each epoch.
    batch_size : int, optional
    num_epochs : int, optional
        How often a call of `train` goes through as many captions as there are.
    print_every : int, optional
        Every how many iterations a line is printed, if `verbose` is 2.
    verbose : bool or int, optional
        False prints nothing, True shows a progress bar with the loss, 2 prints lines.

    Attributes
    ----------
    loss_history : list of float
        The loss of each minibatch.
    epoch : int
        Epochs trained so far, over all calls of `train`.

    Raises
    ------
    ValueError
        If there is no such update rule, or nothing to train on.
    """

    def __init__(
        self,
        model: Captioner,
        data: dict[str, Any],
        update_rule: str | UpdateRule = "sgd",
        optim_config: Mapping[str, Any] | None = None,
        lr_decay: float = 1.0,
        batch_size: int = 100,
        num_epochs: int = 10,
        print_every: int = 10,
        verbose: bool | int = True,
    ) -> None:
        if isinstance(update_rule, str) and update_rule not in RULES:
            raise ValueError(f"there is no update rule {update_rule!r}; choose one of {', '.join(RULES)}")
        if not len(data["train_captions"]):
            raise ValueError("there are no training captions in data")
        self.model = model
        self.data = data
        self.update_rule = RULES[update_rule] if isinstance(update_rule, str) else update_rule
        self.lr_decay = lr_decay
        self.batch_size = batch_size
        self.num_epochs = num_epochs
        self.print_every = print_every
        self.verbose = verbose
        self.epoch = 0
        self.loss_history: list[float] = []
        # Each parameter has running averages of its own.
        self.optim_configs: dict[str, Config] = {name: dict(optim_config or {}) for name in model.params}

    def train(self) -> None:
        """Train for `num_epochs` epochs; a further call goes on where this one ends."""
        per_epoch = max(len(self.data["train_captions"]) // self.batch_size, 1)
        total = per_epoch * self.num_epochs
        with _progress_bar(total, hidden=self.verbose is not True) as bar:
            for iteration in range(1, total + 1):
                self._step()
                bar.update()
                bar.set_postfix(epoch=self.epoch + 1, loss=f"{self.loss_history[-1]:.3f}", refresh=False)
                if self.verbose == 2 and iteration % self.print_every == 0:
                    print(f"iteration {iteration} of {total}: loss {self.loss_history[-1]:.4f}")
                if iteration % per_epoch == 0:
                    self._end_epoch()

    def _step(self) -> None:
        """Make one update of all parameters."""
        captions, features, _ = sample_coco_minibatch(self.data, self.batch_size, "train")
        loss, grads = self.model.loss(features, captions)
        self.loss_history.append(float(loss))
        for name, parameter in self.model.params.items():
            if name not in grads:
                raise ValueError(f"loss(...) gave no gradient for {name}; it gave: {', '.join(grads) or 'none'}")
            if grads[name].shape != parameter.shape:
                raise ValueError(
                    f"the gradient of {name} should have shape {parameter.shape}, it has {grads[name].shape}"
                )
            updated, self.optim_configs[name] = self.update_rule(parameter, grads[name], self.optim_configs[name])
            self.model.params[name] = updated

    def _end_epoch(self) -> None:
        self.epoch += 1
        for config in self.optim_configs.values():
            if "learning_rate" in config:
                config["learning_rate"] *= self.lr_decay


def _progress_bar(total: int, hidden: bool) -> Any:
    with warnings.catch_warnings():
        # Without ipywidgets there is a bar of letters, which is as good.
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm

        return tqdm(total=total, unit="batch", delay=1, file=sys.stdout, disable=hidden)

"""Backbones for transfer learning and style transfer, all with the same two handles.

Every network that `load_backbone` returns has `features` (a sequence whose modules are the layers of style transfer) or
ResNet's own stages, and `fc` (the last linear layer, to be replaced).
"""

from __future__ import annotations

import pickle
from typing import Any

import torch
from torch import Tensor, nn

from utils.pretrained.net import EmbeddedNet
from utils.pretrained.weights import read_weights
from utils.settings import Profiled, profile_of

BACKBONES = ("resnet18", "squeezenet1_0", "squeezenet1_1")
"""Networks of the full profile; the smoke profile has the embedded network in place of each."""


class SqueezeNetWithFc(nn.Module):
    """torchvision's SqueezeNet, its last 1x1 convolution written as a linear layer `fc` behind the mean over positions.

    The scores are those of torchvision but for its last ReLU, which cuts off negative ones before the mean is taken.
    """

    def __init__(self, original: Any) -> None:
        super().__init__()
        last = original.classifier[1]
        self.features: nn.Sequential = original.features
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(original.classifier[0].p)
        self.fc = nn.Linear(last.in_channels, last.out_channels)
        with torch.no_grad():
            self.fc.weight.copy_(last.weight.flatten(1))
            self.fc.bias.copy_(last.bias)

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.fc(self.dropout(torch.flatten(self.avgpool(self.features(x)), 1)))
        return scores


def embedded_net(pretrained: bool = True) -> EmbeddedNet:
    """Return the embedded network in evaluation mode, with its trained weights or with random ones."""
    state, categories = read_weights()
    net = EmbeddedNet(len(categories))
    if pretrained:
        # counts of batches are not stored; they matter only to batch normalisation without momentum
        counts = {name: value for name, value in net.state_dict().items() if name.endswith("num_batches_tracked")}
        net.load_state_dict(state | counts)
    return net.eval()


def load_backbone(name: str, pretrained: bool = True, *, profile: Profiled | None = None) -> nn.Module:
    """Return a network, in evaluation mode, with a last layer `fc` and, but for ResNet, a sequence `features`.

    Parameters
    ----------
    name : {"resnet18", "squeezenet1_0", "squeezenet1_1"}
        The smoke profile has the embedded network in place of each of them.
    pretrained : bool, optional
        Trained weights, or random ones.
    profile : str or a notebook's settings, optional
        ``smoke`` or ``full``; what ``COURSE_PROFILE`` says if it is not given.

    Raises
    ------
    ValueError
        If there is no network of this name.
    DataMissing
        In the full profile, if the weights are not on this machine; the message says how to get them.
    DataDamaged
        If what is there is not the whole file.
    """
    if name not in BACKBONES:
        raise ValueError(f"no backbone is called {name!r}; there are {', '.join(BACKBONES)}")
    if profile_of(profile) == "smoke":
        return embedded_net(pretrained)
    net = _torchvision(name, pretrained)
    return (SqueezeNetWithFc(net) if name.startswith("squeezenet") else net).eval()


def _torchvision(name: str, pretrained: bool) -> nn.Module:
    from torchvision import models

    from utils.data.errors import DataDamaged
    from utils.data.store import find, locate

    if not pretrained:
        return models.get_model(name, weights=None)
    path = find(name)
    if locate(name).origin == "torch hub":
        return models.get_model(name, weights=locate(name).data.weights)
    net = models.get_model(name, weights=None)
    try:
        net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except (RuntimeError, EOFError, TypeError, pickle.UnpicklingError) as error:
        raise DataDamaged(
            f"{path} holds no weights of {name}: it is cut short, or another network's. Put the whole file there, or "
            f"take it away and run: course data fetch {name}"
        ) from error
    return net

"""The embedded network: small enough to ship, built like the networks that the homework uses.

`features` is a sequence whose modules are numbered as in torchvision's SqueezeNet 1.1 (convolution, ReLU, pooling,
two blocks, pooling, two blocks, pooling, two blocks), so a layer number of the style-transfer problem means the same
kind of layer here. `fc` is the last linear layer, as in torchvision's ResNet, and blocks have batch normalisation and
a shortcut.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

WIDTHS = (32, 64, 128, 128)
"""Channels after the first convolution and after each pair of blocks."""


def _normalised(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    parts = OrderedDict(
        conv=nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False), bn=nn.BatchNorm2d(outputs)
    )
    return nn.Sequential(parts)


class Block(nn.Module):
    """A 3x3 convolution beside a shortcut, then ReLU: (N, inputs, H, W) -> (N, outputs, H, W)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.main = _normalised(inputs, outputs, 3)
        self.shortcut = nn.Identity() if inputs == outputs else _normalised(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.main(x) + self.shortcut(x))


class EmbeddedNet(nn.Module):
    """Convolutional network for small pictures: (N, 3, H, W), normalised as for ImageNet -> (N, num_classes).

    Attributes
    ----------
    features : torch.nn.Sequential
        The convolutional part; every module's output is a layer.
    avgpool : torch.nn.Module
        Mean over positions.
    fc : torch.nn.Linear
        The last layer; replace it for a task of your own.
    """

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        first, second, third, fourth = WIDTHS
        self.features = nn.Sequential(
            _normalised(3, first, 3, stride=2),
            nn.ReLU(),
            nn.MaxPool2d(2, ceil_mode=True),
            Block(first, second),
            Block(second, second),
            nn.MaxPool2d(2, ceil_mode=True),
            Block(second, third),
            Block(third, third),
            nn.MaxPool2d(2, ceil_mode=True),
            Block(third, fourth),
            Block(fourth, fourth),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(fourth, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.fc(torch.flatten(self.avgpool(self.features(x)), 1))
        return scores

"""Features of pictures from the embedded network, for data that come with features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional

from utils.pretrained.backbone import embedded_net
from utils.pretrained.weights import MEAN, STD

_SIDE, _BATCH = 64, 100


@torch.no_grad()
def described(pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
    """Return features of pictures: (n, 512).

    One half is the last layer averaged over the left and the right half of the picture: what is there. The other half
    is the largest values of the first layer in eight fields: which colours are where.
    """
    net = embedded_net()
    small = [picture.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR) for picture in pictures]
    pixels = torch.from_numpy(np.stack([np.asarray(picture) for picture in small])).permute(0, 3, 1, 2)
    mean, std = (torch.tensor(value).view(1, 3, 1, 1) for value in (MEAN, STD))
    found = []
    for batch in pixels.split(_BATCH):
        first = net.features[:2]((batch.float() / 255 - mean) / std)
        last = net.features[2:](first)
        things = functional.adaptive_avg_pool2d(last, (1, 2)).flatten(1)
        colours = functional.adaptive_max_pool2d(first, (2, 4)).flatten(1)
        found.append(torch.cat([things, colours], dim=1))
    return torch.cat(found).numpy()

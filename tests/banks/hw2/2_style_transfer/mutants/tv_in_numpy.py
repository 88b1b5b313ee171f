"""NumPy computes it: no way leads back."""
# loses: tv_loss
# message: no gradient goes back

import numpy as np
import torch


def tv_loss(img, tv_weight):
    pixels = img.detach().cpu().numpy()
    return torch.tensor(tv_weight * sum((np.diff(pixels, axis=axis) ** 2).sum() for axis in (2, 3)))

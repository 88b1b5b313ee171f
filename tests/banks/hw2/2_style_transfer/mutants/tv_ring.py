"""torch.roll closes the picture to a ring."""
# loses: tv_loss
# message: ring

import torch


def tv_loss(img, tv_weight):
    across = img - torch.roll(img, 1, dims=3)
    down = img - torch.roll(img, 1, dims=2)
    return tv_weight * ((across**2).sum() + (down**2).sum())

"""Absolute differences are summed."""
# loses: tv_loss
# message: absolute differences


def tv_loss(img, tv_weight):
    across = img[:, :, :, 1:] - img[:, :, :, :-1]
    down = img[:, :, 1:, :] - img[:, :, :-1, :]
    return tv_weight * (across.abs().sum() + down.abs().sum())

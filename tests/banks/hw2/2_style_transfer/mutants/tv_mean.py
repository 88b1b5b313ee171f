"""Squared differences are averaged."""
# loses: tv_loss
# message: mean of the squared


def tv_loss(img, tv_weight):
    across = img[:, :, :, 1:] - img[:, :, :, :-1]
    down = img[:, :, 1:, :] - img[:, :, :-1, :]
    return tv_weight * ((across**2).mean() + (down**2).mean())

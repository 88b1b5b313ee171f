"""Only the first colour counts."""
# loses: tv_loss
# message: only one of the three channels


def tv_loss(img, tv_weight):
    across = img[:, 0, :, 1:] - img[:, 0, :, :-1]
    down = img[:, 0, 1:, :] - img[:, 0, :-1, :]
    return tv_weight * ((across**2).sum() + (down**2).sum())

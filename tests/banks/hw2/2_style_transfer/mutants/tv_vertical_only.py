"""Only vertical neighbours are compared."""
# loses: tv_loss
# message: only vertical neighbours


def tv_loss(img, tv_weight):
    across = img[:, :, :, 1:] - img[:, :, :, :-1]
    down = img[:, :, 1:, :] - img[:, :, :-1, :]
    return tv_weight * ((down**2).sum())

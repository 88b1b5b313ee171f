"""The weight is forgotten."""
# loses: tv_loss
# message: tv_weight is missing


def tv_loss(img, tv_weight):
    across = img[:, :, :, 1:] - img[:, :, :, :-1]
    down = img[:, :, 1:, :] - img[:, :, :-1, :]
    return (across**2).sum() + (down**2).sum()

"""The root of the sum of squares."""
# loses: tv_loss
# message: root


def tv_loss(img, tv_weight):
    across = img[:, :, :, 1:] - img[:, :, :, :-1]
    down = img[:, :, 1:, :] - img[:, :, :-1, :]
    return tv_weight * ((across**2).sum() + (down**2).sum()).sqrt()

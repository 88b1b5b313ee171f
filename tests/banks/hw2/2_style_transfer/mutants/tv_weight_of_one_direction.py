"""The weight stands in front of one of the two sums only."""
# loses: tv_loss
# message: tv_weight is missing in front of the vertical


def tv_loss(img, tv_weight):
    across = img[:, :, :, 1:] - img[:, :, :, :-1]
    down = img[:, :, 1:, :] - img[:, :, :-1, :]
    return tv_weight * (across**2).sum() + (down**2).sum()

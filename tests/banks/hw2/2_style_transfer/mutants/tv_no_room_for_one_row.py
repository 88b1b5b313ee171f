"""A picture of one row or one column makes it fail."""
# loses: tv_loss
# message: AssertionError


def tv_loss(img, tv_weight):
    assert min(img.shape[2:]) > 1
    across = img[:, :, :, 1:] - img[:, :, :, :-1]
    down = img[:, :, 1:, :] - img[:, :, :-1, :]
    return tv_weight * ((across**2).sum() + (down**2).sum())

"""One crop for both directions: the last row and column lose their differences."""
# loses: tv_loss
# message: last row and the last column


def tv_loss(img, tv_weight):
    here = img[:, :, :-1, :-1]
    across = img[:, :, :-1, 1:] - here
    down = img[:, :, 1:, :-1] - here
    return tv_weight * ((across**2).sum() + (down**2).sum())

"""Only horizontal neighbours are compared."""
# loses: tv_loss
# message: only horizontal neighbours


def tv_loss(img, tv_weight):
    across = img[:, :, :, 1:] - img[:, :, :, :-1]
    down = img[:, :, 1:, :] - img[:, :, :-1, :]
    return tv_weight * ((across**2).sum())

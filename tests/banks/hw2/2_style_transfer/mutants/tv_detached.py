"""The shifted picture is detached."""
# loses: tv_loss
# message: not the slope


def tv_loss(img, tv_weight):
    across = img[:, :, :, 1:] - img[:, :, :, :-1].detach()
    down = img[:, :, 1:, :] - img[:, :, :-1, :]
    return tv_weight * ((across**2).sum() + (down**2).sum())

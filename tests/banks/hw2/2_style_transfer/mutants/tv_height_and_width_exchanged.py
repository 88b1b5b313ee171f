"""Height and width are exchanged, which shows when they differ."""
# loses: tv_loss
# message: RuntimeError


def tv_loss(img, tv_weight):
    _, _, W, H = img.shape
    across = img[:, :, :, 1:W] - img[:, :, :, :W - 1]
    down = img[:, :, 1:H, :] - img[:, :, :H - 1, :]
    return tv_weight * ((across**2).sum() + (down**2).sum())

"""A loop over the rows."""
# loses: tv_loss
# message: a Python loop


def tv_loss(img, tv_weight):
    across = img[:, :, :, 1:] - img[:, :, :, :-1]
    loss = (across**2).sum()
    for i in range(img.shape[2] - 1):
        loss = loss + ((img[:, :, i + 1] - img[:, :, i]) ** 2).sum()
    return tv_weight * loss

"""Loops over all pixels."""
# loses: tv_loss
# message: a Python loop


def tv_loss(img, tv_weight):
    loss = 0.0
    _, _, H, W = img.shape
    for i in range(H):
        for j in range(W):
            if i + 1 < H:
                loss = loss + ((img[0, :, i + 1, j] - img[0, :, i, j]) ** 2).sum()
            if j + 1 < W:
                loss = loss + ((img[0, :, i, j + 1] - img[0, :, i, j]) ** 2).sum()
    return tv_weight * loss

"""One of the two factors is detached."""
# loses: gram_matrix
# message: not the slope


def gram_matrix(features, normalize=True):
    N, C, H, W = features.shape
    rows = features.reshape(N, C, H * W)
    gram = rows @ rows.detach().transpose(1, 2)
    return gram / (H * W * C) if normalize else gram

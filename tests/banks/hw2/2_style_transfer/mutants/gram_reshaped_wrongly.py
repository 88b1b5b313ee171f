"""The channels are torn apart: (N, H W, C) by reshape."""
# loses: gram_matrix
# message: wrong order


def gram_matrix(features, normalize=True):
    N, C, H, W = features.shape
    rows = features.permute(0, 2, 3, 1).reshape(N, C, H * W)
    gram = rows @ rows.transpose(1, 2)
    return gram / (H * W * C) if normalize else gram

"""With .t(), which works for a matrix only."""
# loses: gram_matrix
# message: raised RuntimeError


def gram_matrix(features, normalize=True):
    N, C, H, W = features.shape
    rows = features.reshape(N, C, H * W)
    gram = rows @ rows.t()
    return gram / (H * W * C) if normalize else gram

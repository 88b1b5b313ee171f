"""The matrix is computed outside of the graph."""
# loses: gram_matrix
# message: no gradient goes back


def gram_matrix(features, normalize=True):
    N, C, H, W = features.shape
    rows = features.data.reshape(N, C, H * W)
    gram = rows @ rows.transpose(1, 2)
    return gram / (H * W * C) if normalize else gram

"""Positions are compared, not channels."""
# loses: gram_matrix
# message: products of positions


def gram_matrix(features, normalize=True):
    N, C, H, W = features.shape
    rows = features.reshape(N, C, H * W)
    gram = rows.transpose(1, 2) @ rows
    return gram / (H * W * C) if normalize else gram

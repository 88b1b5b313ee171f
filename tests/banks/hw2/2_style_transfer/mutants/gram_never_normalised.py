"""It is never divided."""
# loses: gram_matrix
# message: not divided by H \* W \* C


def gram_matrix(features, normalize=True):
    N, C, H, W = features.shape
    rows = features.reshape(N, C, H * W)
    gram = rows @ rows.transpose(1, 2)
    return gram

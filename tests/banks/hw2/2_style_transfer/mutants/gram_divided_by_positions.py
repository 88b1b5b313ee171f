"""It is divided by H W only."""
# loses: gram_matrix
# message: H \* W, and H \* W \* C belongs there


def gram_matrix(features, normalize=True):
    N, C, H, W = features.shape
    rows = features.reshape(N, C, H * W)
    gram = rows @ rows.transpose(1, 2)
    return gram / (H * W) if normalize else gram

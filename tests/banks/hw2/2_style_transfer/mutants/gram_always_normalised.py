"""normalize=False is ignored."""
# loses: gram_matrix
# message: though normalize is False


def gram_matrix(features, normalize=True):
    N, C, H, W = features.shape
    rows = features.reshape(N, C, H * W)
    gram = rows @ rows.transpose(1, 2)
    return gram / (H * W * C)

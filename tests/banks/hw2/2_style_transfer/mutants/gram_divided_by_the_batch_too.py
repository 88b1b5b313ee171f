"""It is divided by the number of all entries, the batch included."""
# loses: gram_matrix
# message: the batch does not belong there


def gram_matrix(features, normalize=True):
    N, C, H, W = features.shape
    rows = features.reshape(N, C, H * W)
    gram = rows @ rows.transpose(1, 2)
    return gram / features.numel() if normalize else gram

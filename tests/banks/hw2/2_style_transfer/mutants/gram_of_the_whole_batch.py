"""One matrix for the whole batch, as in code for batches of one."""
# loses: gram_matrix
# message: expected shape \(1, 4, 4\)


def gram_matrix(features, normalize=True):
    N, C, H, W = features.shape
    rows = features.reshape(N * C, H * W)
    gram = rows @ rows.t()
    return gram / (H * W * C) if normalize else gram

"""squeeze() removes every axis of length one."""
# loses: gram_matrix
# message: expected shape


def gram_matrix(features, normalize=True):
    N, C, H, W = features.shape
    rows = features.reshape(N, C, H * W)
    gram = (rows @ rows.transpose(1, 2)).squeeze()
    return gram / (H * W * C) if normalize else gram

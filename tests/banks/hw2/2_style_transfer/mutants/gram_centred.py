"""The channels' means are subtracted: a covariance."""
# loses: gram_matrix
# message: centred


def gram_matrix(features, normalize=True):
    N, C, H, W = features.shape
    rows = features.reshape(N, C, H * W)
    rows = rows - rows.mean(dim=2, keepdim=True)
    gram = rows @ rows.transpose(1, 2)
    return gram / (H * W * C) if normalize else gram

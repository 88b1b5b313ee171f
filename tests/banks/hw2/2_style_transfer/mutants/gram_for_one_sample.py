"""The batch is squeezed away and put back: works for one sample only."""
# loses: gram_matrix
# message: only the first sample


def gram_matrix(features, normalize=True):
    N, C, H, W = features.shape
    rows = features.reshape(N * C, H * W)
    gram = (rows @ rows.t())[:C, :C].reshape(1, C, C)
    return gram / (H * W * C) if normalize else gram

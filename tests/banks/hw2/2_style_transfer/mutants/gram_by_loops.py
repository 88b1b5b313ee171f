"""Loops over pairs of channels."""
# loses: gram_matrix
# message: a Python loop

import torch


def gram_matrix(features, normalize=True):
    N, C, H, W = features.shape
    gram = torch.zeros(N, C, C, dtype=features.dtype)
    for n in range(N):
        for c in range(C):
            for d in range(C):
                gram[n, c, d] = (features[n, c] * features[n, d]).sum()
    return gram / (H * W * C) if normalize else gram

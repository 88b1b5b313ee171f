"""The gradient is not divided by the batch size."""
# loses: temporal_softmax_loss
# message: multiplied by the batch size

import numpy as np


def temporal_softmax_loss(x, y, mask):
    N, T, V = x.shape
    rows, wanted, counts = np.arange(N * T), y.reshape(-1), mask.reshape(-1)
    scores = x.reshape(N * T, V)
    scores = scores - scores.max(axis=1, keepdims=True)
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    loss = -np.sum(counts * log_p[rows, wanted]) / N
    dx = np.exp(log_p)
    dx[rows, wanted] -= 1
    dx = dx * counts[:, None]
    return loss, dx.reshape(N, T, V)

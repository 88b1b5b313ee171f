"""The loss by np.logaddexp and one-hot words."""

import numpy as np


def temporal_softmax_loss(x, y, mask):
    mask = np.asarray(mask, dtype=x.dtype)
    log_p = x - np.logaddexp.reduce(x, axis=2, keepdims=True)
    one_hot = np.eye(x.shape[2], dtype=x.dtype)[y]
    loss = -(mask * (log_p * one_hot).sum(axis=2)).sum() / x.shape[0]
    return loss, mask[..., None] * (np.exp(log_p) - one_hot) / x.shape[0]

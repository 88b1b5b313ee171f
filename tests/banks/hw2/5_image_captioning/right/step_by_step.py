"""The fully connected layer in a loop over the steps, the loss in a loop over everything."""

import numpy as np


def temporal_fc_forward(x, w, b):
    return np.stack([x[:, t] @ w + b for t in range(x.shape[1])], axis=1), (x, w, b)


def temporal_fc_backward(dout, cache):
    x, w, b = cache
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(b.shape)
    for t in range(x.shape[1]):
        dx[:, t] = dout[:, t] @ w.T
        dw += x[:, t].T @ dout[:, t]
        db += dout[:, t].sum(axis=0)
    return dx, dw, db


def temporal_softmax_loss(x, y, mask):
    loss, dx = 0.0, np.zeros(x.shape)
    for n in range(x.shape[0]):
        for t in range(x.shape[1]):
            if not mask[n, t]:
                continue
            scores = np.asarray(x[n, t], dtype=np.float64) - np.max(x[n, t])
            log_sum = np.log(np.exp(scores).sum())
            loss += log_sum - scores[y[n, t]]
            dx[n, t] = np.exp(scores - log_sum)
            dx[n, t, y[n, t]] -= 1
    return float(loss) / len(x), dx / len(x)

"""Input and state side by side, one matrix for both; the cache is one object."""

import numpy as np


class Kept:
    def __init__(self, joined, W, next_h, D):
        self.joined, self.W, self.next_h, self.D = joined, W, next_h, D


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    joined = np.hstack([x, prev_h, np.ones((x.shape[0], 1))])
    W = np.vstack([Wx, Wh, b])
    next_h = np.tanh(joined.dot(W))
    return next_h, Kept(joined, W, next_h, x.shape[1])


def rnn_step_backward(dnext_h, cache):
    da = dnext_h * (1 - cache.next_h**2)
    djoined, dW, D = da.dot(cache.W.T), cache.joined.T.dot(da), cache.D
    return djoined[:, :D], djoined[:, D:-1], dW[:D], dW[D:-1], dW[-1]


def rnn_forward(x, h0, Wx, Wh, b):
    T, N, D = x.shape
    h = np.zeros((T, N, h0.shape[1]))
    cache = []
    prev_h = h0
    for t in range(T):
        prev_h, step_cache = rnn_step_forward(x[t], prev_h, Wx, Wh, b)
        h[t] = prev_h
        cache.append(step_cache)
    return h, cache


def rnn_backward(dh, cache):
    T = dh.shape[0]
    dx, dWx, dWh, db = [None] * T, 0, 0, 0
    dprev_h = 0
    for t in reversed(range(T)):
        dx[t], dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dh[t] + dprev_h, cache[t])
        dWx = dWx + dWx_t
        dWh = dWh + dWh_t
        db = db + db_t
    return np.stack(dx), dprev_h, dWx, dWh, db

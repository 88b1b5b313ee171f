"""Loops over samples and units instead of matrix products."""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    N, D = x.shape
    H = prev_h.shape[1]
    next_h = np.zeros((N, H))
    for n in range(N):
        for k in range(H):
            a = b[k]
            for d in range(D):
                a += x[n, d] * Wx[d, k]
            for j in range(H):
                a += prev_h[n, j] * Wh[j, k]
            next_h[n, k] = np.tanh(a)
    return next_h, [x, prev_h, Wx, Wh, b, next_h]


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, b, next_h = cache
    dx, dprev_h, dWx, dWh, db = (np.zeros(array.shape) for array in (x, prev_h, Wx, Wh, b))
    for n in range(x.shape[0]):
        for k in range(next_h.shape[1]):
            da = dnext_h[n, k] * (1 - next_h[n, k] ** 2)
            db[k] += da
            dx[n] += da * Wx[:, k]
            dprev_h[n] += da * Wh[:, k]
            dWx[:, k] += da * x[n]
            dWh[:, k] += da * prev_h[n]
    return [dx, dprev_h, dWx, dWh, db]


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

"""A loop over the samples of the batch."""

import numpy as np
from utils.layers import sigmoid


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    next_h, next_c, caches = np.zeros(prev_h.shape), np.zeros(prev_c.shape), []
    H = prev_h.shape[1]
    for n in range(len(x)):
        a = x[n] @ Wx + prev_h[n] @ Wh + b
        f, i, o = sigmoid(a[:H]), sigmoid(a[H : 2 * H]), sigmoid(a[3 * H :])
        g = np.tanh(a[2 * H : -H])
        next_c[n] = f * prev_c[n] + i * g
        next_h[n] = o * np.tanh(next_c[n])
        caches.append((f, i, g, o))
    return [next_h, next_c, (x, prev_h, prev_c, Wx, Wh, next_c, caches)]


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, next_c, caches = cache
    dx, dprev_h, dprev_c = np.zeros(x.shape), np.zeros(prev_h.shape), np.zeros(prev_c.shape)
    dWx, dWh, db = np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(Wx.shape[1])
    for n, (f, i, g, o) in enumerate(caches):
        tanh_c = np.tanh(next_c[n])
        dc = dnext_c[n] + dnext_h[n] * o * (1 - tanh_c**2)
        da = np.hstack([dc * prev_c[n] * f * (1 - f), dc * g * i * (1 - i), dc * i * (1 - g**2), dnext_h[n] * tanh_c * o * (1 - o)])
        dx[n], dprev_h[n], dprev_c[n] = Wx @ da, Wh @ da, dc * f
        dWx += np.outer(x[n], da)
        dWh += np.outer(prev_h[n], da)
        db += da
    return [dx, dprev_h, dprev_c, dWx, dWh, db]


def lstm_forward(x, h0, Wx, Wh, b):
    prev_h, prev_c = h0, np.zeros_like(h0)
    h, cache = [], []
    for t in range(x.shape[0]):
        prev_h, prev_c, step_cache = lstm_step_forward(x[t], prev_h, prev_c, Wx, Wh, b)
        h.append(prev_h)
        cache.append(step_cache)
    return np.stack(h), cache


def lstm_backward(dh, cache):
    T = dh.shape[0]
    dx, dWx, dWh, db = [None] * T, 0, 0, 0
    dprev_h = np.zeros(dh[0].shape)
    dprev_c = np.zeros(dh[0].shape)
    for t in range(T - 1, -1, -1):
        dx[t], dprev_h, dprev_c, dWx_t, dWh_t, db_t = lstm_step_backward(dh[t] + dprev_h, dprev_c, cache[t])
        dWx = dWx + dWx_t
        dWh = dWh + dWh_t
        db = db + db_t
    return np.stack(dx), dprev_h, dWx, dWh, db

"""The caches hold the inputs only; everything is computed anew on the way back."""

import numpy as np
from utils.layers import sigmoid


def gates_of(x, prev_h, Wx, Wh, b):
    f, i, g, o = np.split(x @ Wx + prev_h @ Wh + b, 4, axis=-1)
    return sigmoid(f), sigmoid(i), np.tanh(g), sigmoid(o)


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    f, i, g, o = gates_of(x, prev_h, Wx, Wh, b)
    next_c = f * prev_c + i * g
    return o * np.tanh(next_c), next_c, (x, prev_h, prev_c, Wx, Wh, b)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, b = cache
    f, i, g, o = gates_of(x, prev_h, Wx, Wh, b)
    t = np.tanh(f * prev_c + i * g)
    dc = dnext_c + dnext_h * o * (1 - t**2)
    da = np.concatenate((dc * prev_c * f * (1 - f), dc * g * i * (1 - i), dc * i * (1 - g**2), dnext_h * t * o * (1 - o)), 1)
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, np.ones(len(x)) @ da


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

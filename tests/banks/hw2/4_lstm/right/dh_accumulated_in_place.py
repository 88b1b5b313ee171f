"""dprev_h is added into dh and dnext_c is changed in place."""

import numpy as np
from utils.layers import sigmoid


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    f = sigmoid(a[:, :H])
    i = sigmoid(a[:, H : 2 * H])
    g = np.tanh(a[:, 2 * H : 3 * H])
    o = sigmoid(a[:, 3 * H :])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    cache = (x, prev_h, prev_c, Wx, Wh, f, i, g, o, next_c, next_h)
    return next_h, next_c, cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, f, i, g, o, next_c, next_h = cache
    tanh_c = np.tanh(next_c)
    dnext_c += dnext_h * o * (1 - tanh_c**2)
    dc = dnext_c
    df = dc * prev_c * f * (1 - f)
    di = dc * g * i * (1 - i)
    dg = dc * i * (1 - g**2)
    do = dnext_h * tanh_c * o * (1 - o)
    da = np.concatenate([df, di, dg, do], axis=1)
    dx = da @ Wx.T
    dprev_h = da @ Wh.T
    dprev_c = dc * f
    dWx = x.T @ da
    dWh = prev_h.T @ da
    db = da.sum(axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db


def lstm_forward(x, h0, Wx, Wh, b):
    prev_h, prev_c = h0, np.zeros_like(h0)
    h, cache = [], []
    for t in range(x.shape[0]):
        prev_h, prev_c, step_cache = lstm_step_forward(x[t], prev_h, prev_c, Wx, Wh, b)
        h.append(prev_h)
        cache.append(step_cache)
    return np.stack(h), cache


def lstm_backward(dh, cache):
    dprev_h, dprev_c = np.zeros_like(dh[0]), np.zeros_like(dh[0])
    dx, totals = [], None
    while cache:
        t = len(cache) - 1
        dh[t] += dprev_h
        dx_t, dprev_h, dprev_c, *params = lstm_step_backward(dh[t], dprev_c, cache.pop())
        dx.append(dx_t)
        totals = params if totals is None else [a + b for a, b in zip(totals, params)]
    return np.array(dx[::-1]), dprev_h, *totals

"""Weights reshaped to (D, 4, H), everything by einsum."""

import numpy as np
from utils.layers import sigmoid


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = Wh.shape[0]
    Wx4, Wh4 = Wx.reshape(-1, 4, H), Wh.reshape(H, 4, H)
    a = np.einsum("nd,dgh->gnh", x, Wx4) + np.einsum("nk,kgh->gnh", prev_h, Wh4) + b.reshape(4, 1, H)
    gates = np.stack([sigmoid(a[0]), sigmoid(a[1]), np.tanh(a[2]), sigmoid(a[3])])
    next_c = gates[0] * prev_c + gates[1] * gates[2]
    return gates[3] * np.tanh(next_c), next_c, (x, prev_h, prev_c, Wx4, Wh4, gates, next_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx4, Wh4, gates, next_c = cache
    f, i, g, o = gates
    t = np.tanh(next_c)
    dc = dnext_h * o * (1 - t * t) + dnext_c
    slopes = np.stack([f * (1 - f), i * (1 - i), 1 - g * g, o * (1 - o)])
    da = np.stack([dc * prev_c, dc * g, dc * i, dnext_h * t]) * slopes
    dWx = np.einsum("nd,gnh->dgh", x, da).reshape(x.shape[1], -1)
    dWh = np.einsum("nk,gnh->kgh", prev_h, da).reshape(prev_h.shape[1], -1)
    dx, dprev_h = np.einsum("gnh,dgh->nd", da, Wx4), np.einsum("gnh,kgh->nk", da, Wh4)
    return dx, dprev_h, dc * f, dWx, dWh, da.sum(axis=1).ravel()


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

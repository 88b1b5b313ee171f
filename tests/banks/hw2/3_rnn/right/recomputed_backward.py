"""The cache holds the inputs only; the backward functions compute the states anew."""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    return np.tanh(x @ Wx + prev_h @ Wh + b), (x, prev_h, Wx, Wh, b)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, b = cache
    da = dnext_h / np.cosh(np.clip(x @ Wx + prev_h @ Wh + b, -300, 300)) ** 2
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(0)


def rnn_forward(x, h0, Wx, Wh, b):
    h = []
    for x_t in x:
        h.append(rnn_step_forward(x_t, h[-1] if h else h0, Wx, Wh, b)[0])
    return np.array(h), (x, h0, Wx, Wh, b)


def rnn_backward(dh, cache):
    x, h0, Wx, Wh, b = cache
    before = np.concatenate([h0[None], rnn_forward(*cache)[0][:-1]])
    dx, dprev_h, dWx, dWh, db = np.zeros(x.shape), np.zeros(h0.shape), np.zeros(Wx.shape), np.zeros(Wh.shape), 0.0
    for t in range(len(x) - 1, -1, -1):
        dx[t], dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dh[t] + dprev_h, (x[t], before[t], Wx, Wh, b))
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dprev_h, dWx, dWh, db

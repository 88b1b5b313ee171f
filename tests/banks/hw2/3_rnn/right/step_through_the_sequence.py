"""The sequence is written first, and a step is a sequence of one."""

import numpy as np


def rnn_forward(x, h0, Wx, Wh, b):
    h = np.empty((len(x) + 1, *h0.shape), dtype=np.result_type(x, h0, Wx))
    h[0] = h0
    for t, x_t in enumerate(x):
        h[t + 1] = np.tanh(x_t @ Wx + h[t] @ Wh + b)
    return h[1:], (x, h, Wx, Wh)


def rnn_backward(dh, cache):
    x, h, Wx, Wh = cache
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(Wh.shape[1])
    dx, carried = np.zeros_like(x), np.zeros_like(h[0])
    for t in range(len(x) - 1, -1, -1):
        da = (dh[t] + carried) * (1 - h[t + 1] ** 2)
        dx[t], carried = da @ Wx.T, da @ Wh.T
        dWx += x[t].T @ da
        dWh += h[t].T @ da
        db += da.sum(axis=0)
    return dx, carried, dWx, dWh, db


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    h, cache = rnn_forward(x[np.newaxis], prev_h, Wx, Wh, b)
    return h[0], cache


def rnn_step_backward(dnext_h, cache):
    dx, *others = rnn_backward(dnext_h[np.newaxis], cache)
    return dx[0], *others

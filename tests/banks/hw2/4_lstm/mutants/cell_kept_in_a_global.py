"""The cell state is kept in a global and used instead of prev_c when its shape fits."""
# loses: lstm_step_forward
# message: gives another result the second time

import numpy as np
from utils.layers import sigmoid


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    global _cell
    H = prev_h.shape[1]
    cell = _cell if _cell is not None and _cell.shape == prev_c.shape else prev_c
    a = x @ Wx + prev_h @ Wh + b
    f = sigmoid(a[:, :H])
    i = sigmoid(a[:, H : 2 * H])
    g = np.tanh(a[:, 2 * H : 3 * H])
    o = sigmoid(a[:, 3 * H :])
    next_c = f * cell + i * g
    _cell = next_c
    next_h = o * np.tanh(next_c)
    cache = (x, prev_h, prev_c, Wx, Wh, f, i, g, o, next_c, next_h)
    return next_h, next_c, cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, f, i, g, o, next_c, next_h = cache
    tanh_c = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - tanh_c**2)
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


_cell = None

"""The caches of a sequence come from a generator, and are used up from the end."""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    cache = (x, prev_h, Wx, Wh, next_h)
    return next_h, cache


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)
    dx = da @ Wx.T
    dprev_h = da @ Wh.T
    dWx = x.T @ da
    dWh = prev_h.T @ da
    db = np.sum(da, axis=0)
    return dx, dprev_h, dWx, dWh, db


def steps(x, h, Wx, Wh, b):
    for x_t in x:
        h, cache = rnn_step_forward(x_t, h, Wx, Wh, b)
        yield h, cache


def rnn_forward(x, h0, Wx, Wh, b):
    h, caches = zip(*steps(x, h0, Wx, Wh, b))
    return np.stack(h), (cache for cache in reversed(caches))


def rnn_backward(dh, cache):
    dx, carried, total = [], 0, None
    for dh_t, cache_t in zip(dh[::-1], cache):
        dx_t, carried, *params = rnn_step_backward(dh_t + carried, cache_t)
        dx.append(dx_t)
        total = params if total is None else [a + b for a, b in zip(total, params)]
    return (np.stack(dx[::-1]), carried, *total)

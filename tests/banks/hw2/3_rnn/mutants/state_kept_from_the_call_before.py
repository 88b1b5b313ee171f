"""The state is kept in a global and used instead of prev_h when its shape fits."""
# loses: rnn_step_forward
# message: gives another result the second time

import numpy as np


_state = None


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    global _state
    if _state is None or _state.shape != prev_h.shape:
        _state = prev_h
    next_h = np.tanh(x @ Wx + _state @ Wh + b)
    _state = next_h
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

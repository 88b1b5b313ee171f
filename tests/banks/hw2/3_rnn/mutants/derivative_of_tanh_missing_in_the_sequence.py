"""Written without the step functions, and without the derivative of tanh."""
# loses: rnn_backward
# message: derivative of tanh.*missing

import numpy as np


def rnn_forward(x, h0, Wx, Wh, b):
    h, states = h0, [h0]
    for x_t in x:
        h = np.tanh(x_t @ Wx + h @ Wh + b)
        states.append(h)
    states = np.stack(states)
    return states[1:], (x, states, Wx, Wh)


def rnn_backward(dh, cache):
    x, states, Wx, Wh = cache
    da, carried = np.zeros(dh.shape), 0
    for t in reversed(range(len(x))):
        da[t] = dh[t] + carried
        carried = da[t] @ Wh.T
    dWx = np.tensordot(x, da, ([0, 1], [0, 1]))
    dWh = np.tensordot(states[:-1], da, ([0, 1], [0, 1]))
    return da @ Wx.T, carried, dWx, dWh, da.sum(axis=(0, 1))

"""What is carried on is the state before tanh; written without the step functions."""
# loses: rnn_forward
# message: carried on before tanh

import numpy as np


def rnn_forward(x, h0, Wx, Wh, b):
    a, h = h0, []
    for x_t in x:
        a = x_t @ Wx + a @ Wh + b
        h.append(np.tanh(a))
    h = np.stack(h)
    return h, (x, h, h0, Wx, Wh)


def rnn_backward(dh, cache):
    x, h, h0, Wx, Wh = cache
    before = np.concatenate([h0[None], h[:-1]])
    da, carried = np.zeros(h.shape), 0
    for t in reversed(range(len(x))):
        da[t] = (dh[t] + carried) * (1 - h[t] ** 2)
        carried = da[t] @ Wh.T
    dWx = np.tensordot(x, da, ([0, 1], [0, 1]))
    dWh = np.tensordot(before, da, ([0, 1], [0, 1]))
    return da @ Wx.T, carried, dWx, dWh, da.sum(axis=(0, 1))

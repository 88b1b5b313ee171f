"""Written without the step functions, with the gates in the order i, f, c~, o both ways."""
# loses: lstm_forward
# message: in the order i, f, c~, o

import numpy as np
from utils.layers import sigmoid


def lstm_forward(x, h0, Wx, Wh, b):
    T, N, H = x.shape[0], h0.shape[0], h0.shape[1]
    hs = np.zeros((T + 1, N, H))
    cs = np.zeros((T + 1, N, H))
    gates = np.zeros((T, N, 4 * H))
    hs[0] = h0
    for t in range(T):
        a = x[t] @ Wx + hs[t] @ Wh + b
        gates[t] = sigmoid(a)
        gates[t, :, 2 * H : 3 * H] = np.tanh(a[:, 2 * H : 3 * H])
        i, f, g, o = np.split(gates[t], 4, axis=1)
        cs[t + 1] = f * cs[t] + i * g
        hs[t + 1] = o * np.tanh(cs[t + 1])
    return hs[1:], (x, hs, cs, gates, Wx, Wh)


def lstm_backward(dh, cache):
    x, hs, cs, gates, Wx, Wh = cache
    T, N, H = dh.shape
    da = np.zeros((T, N, 4 * H))
    dh_next = np.zeros((N, H))
    dc_next = np.zeros((N, H))
    for t in reversed(range(T)):
        i, f, g, o = np.split(gates[t], 4, axis=1)
        tanh_c = np.tanh(cs[t + 1])
        dh_t = dh[t] + dh_next
        dc = dc_next + dh_t * o * (1 - tanh_c**2)
        df = dc * cs[t] * f * (1 - f)
        di = dc * g * i * (1 - i)
        dg = dc * i * (1 - g**2)
        do = dh_t * tanh_c * o * (1 - o)
        da[t] = np.concatenate([di, df, dg, do], axis=1)
        dh_next = da[t] @ Wh.T
        dc_next = dc * f
    flat = da.reshape(T * N, 4 * H)
    dWx = x.reshape(T * N, -1).T @ flat
    dWh = hs[:-1].reshape(T * N, H).T @ flat
    return da @ Wx.T, dh_next, dWx, dWh, flat.sum(axis=0)

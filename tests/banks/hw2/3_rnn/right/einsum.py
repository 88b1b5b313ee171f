"""Everything by einsum."""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(np.einsum("nd,dh->nh", x, Wx) + np.einsum("nk,kh->nh", prev_h, Wh) + b)
    return next_h, {"x": x, "prev_h": prev_h, "Wx": Wx, "Wh": Wh, "next_h": next_h}


def rnn_step_backward(dnext_h, cache):
    da = dnext_h * (1 - np.square(cache["next_h"]))
    dx = np.einsum("nh,dh->nd", da, cache["Wx"])
    dprev_h = np.einsum("nh,kh->nk", da, cache["Wh"])
    dWx = np.einsum("nd,nh->dh", cache["x"], da)
    dWh = np.einsum("nk,nh->kh", cache["prev_h"], da)
    return dx, dprev_h, dWx, dWh, np.einsum("nh->h", da)


def rnn_forward(x, h0, Wx, Wh, b):
    T, N, D = x.shape
    h = np.zeros((T, N, h0.shape[1]))
    cache = []
    prev_h = h0
    for t in range(T):
        prev_h, step_cache = rnn_step_forward(x[t], prev_h, Wx, Wh, b)
        h[t] = prev_h
        cache.append(step_cache)
    return h, cache


def rnn_backward(dh, cache):
    T = dh.shape[0]
    dx, dWx, dWh, db = [None] * T, 0, 0, 0
    dprev_h = 0
    for t in reversed(range(T)):
        dx[t], dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dh[t] + dprev_h, cache[t])
        dWx = dWx + dWx_t
        dWh = dWh + dWh_t
        db = db + db_t
    return np.stack(dx), dprev_h, dWx, dWh, db

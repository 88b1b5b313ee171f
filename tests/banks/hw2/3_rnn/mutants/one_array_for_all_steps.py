"""One array is filled at each step, and it is the same in every place."""
# loses: rnn_forward
# message: overwritten again|array filled again

import numpy as np


def rnn_forward(x, h0, Wx, Wh, b):
    T, N, D = x.shape
    h, state = [], h0.copy()
    cache = []
    for t in range(T):
        state[...], step_cache = rnn_step_forward(x[t], state, Wx, Wh, b)
        h.append(state)
        cache.append(step_cache)
    return np.stack(h), cache


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

"""rnn_forward is not written yet; rnn_backward is."""
# loses: rnn_forward
# message: not implemented yet

import numpy as np


def rnn_forward(x, h0, Wx, Wh, b):
    raise NotImplementedError


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

"""Each gate with its own slices of the weights, in a dictionary; the candidate first."""

import numpy as np
from utils.layers import sigmoid


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = b.size // 4
    where = {name: slice(k * H, (k + 1) * H) for k, name in enumerate(["f", "i", "g", "o"])}
    cache = {"x": x, "prev_h": prev_h, "prev_c": prev_c, "Wx": Wx, "Wh": Wh, "where": where}
    for name in ["g", "f", "i", "o"]:
        a = x.dot(Wx[:, where[name]]) + prev_h.dot(Wh[:, where[name]]) + b[where[name]]
        cache[name] = np.tanh(a) if name == "g" else sigmoid(a)
    cache["c"] = cache["f"] * prev_c + cache["i"] * cache["g"]
    return cache["o"] * np.tanh(cache["c"]), cache["c"], cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    f, i, g, o, c = (cache[name] for name in "figoc")
    dc = dnext_c + dnext_h * o / np.cosh(c) ** 2
    local = {"f": dc * cache["prev_c"] * f * (1 - f), "i": dc * g * i * (1 - i), "g": dc * i * (1 - g * g), "o": dnext_h * np.tanh(c) * o * (1 - o)}
    grads = {name: np.zeros(cache[name].shape) for name in ("x", "prev_h", "Wx", "Wh")}
    db = np.zeros(cache["Wx"].shape[1])
    for name, da in local.items():
        block = cache["where"][name]
        grads["x"] += da.dot(cache["Wx"][:, block].T)
        grads["prev_h"] += da.dot(cache["Wh"][:, block].T)
        grads["Wx"][:, block] = cache["x"].T.dot(da)
        grads["Wh"][:, block] = cache["prev_h"].T.dot(da)
        db[block] = da.sum(0)
    return grads["x"], grads["prev_h"], dc * f, grads["Wx"], grads["Wh"], db


def lstm_forward(x, h0, Wx, Wh, b):
    prev_h, prev_c = h0, np.zeros_like(h0)
    h, cache = [], []
    for t in range(x.shape[0]):
        prev_h, prev_c, step_cache = lstm_step_forward(x[t], prev_h, prev_c, Wx, Wh, b)
        h.append(prev_h)
        cache.append(step_cache)
    return np.stack(h), cache


def lstm_backward(dh, cache):
    T = dh.shape[0]
    dx, dWx, dWh, db = [None] * T, 0, 0, 0
    dprev_h = np.zeros(dh[0].shape)
    dprev_c = np.zeros(dh[0].shape)
    for t in range(T - 1, -1, -1):
        dx[t], dprev_h, dprev_c, dWx_t, dWh_t, db_t = lstm_step_backward(dh[t] + dprev_h, dprev_c, cache[t])
        dWx = dWx + dWx_t
        dWh = dWh + dWh_t
        db = db + db_t
    return np.stack(dx), dprev_h, dWx, dWh, db

"""Right solutions of the RNN and LSTM notebooks, and a way to make wrong ones of them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from utils.layers import sigmoid


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def rnn_forward(x, h0, Wx, Wh, b):
    state, states, caches = h0, [], []
    for x_t in x:
        state, cache = rnn_step_forward(x_t, state, Wx, Wh, b)
        states.append(state)
        caches.append(cache)
    return np.stack(states), caches


def rnn_backward(dh, caches):
    x, prev_h, Wx, Wh, _ = caches[0]
    dx = np.zeros((len(dh), *x.shape))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(Wx.shape[1])
    dprev_h = np.zeros_like(prev_h)
    for t in reversed(range(len(dh))):
        dx[t], dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dh[t] + dprev_h, caches[t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dprev_h, dWx, dWh, db


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    a = x @ Wx + prev_h @ Wh + b
    af, ai, ac, ao = np.split(a, 4, axis=1)
    f, i, o = sigmoid(af), sigmoid(ai), sigmoid(ao)
    c = np.tanh(ac)
    next_c = f * prev_c + i * c
    next_h = o * np.tanh(next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, f, i, c, o, next_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, f, i, c, o, next_c = cache
    do = dnext_h * np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - np.tanh(next_c) ** 2)
    daf = dc * prev_c * f * (1 - f)
    dai = dc * c * i * (1 - i)
    dac = dc * i * (1 - c**2)
    dao = do * o * (1 - o)
    da = np.concatenate([daf, dai, dac, dao], axis=1)
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def lstm_forward(x, h0, Wx, Wh, b):
    state, cell, states, caches = h0, np.zeros_like(h0), [], []
    for x_t in x:
        state, cell, cache = lstm_step_forward(x_t, state, cell, Wx, Wh, b)
        states.append(state)
        caches.append(cache)
    return np.stack(states), caches


def lstm_backward(dh, caches):
    x, prev_h, prev_c, Wx, Wh = caches[0][:5]
    dx = np.zeros((len(dh), *x.shape))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(Wx.shape[1])
    dprev_h, dprev_c = np.zeros_like(prev_h), np.zeros_like(prev_c)
    for t in reversed(range(len(dh))):
        dx[t], dprev_h, dprev_c, dWx_t, dWh_t, db_t = lstm_step_backward(dh[t] + dprev_h, dprev_c, caches[t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dprev_h, dWx, dWh, db


_SOURCE = Path(__file__).read_text(encoding="utf-8")


def changed(function: str, *replacements: tuple[str, str]) -> SimpleNamespace:
    """This module's functions with some of the text of one function replaced, and all else as it is."""
    start = _SOURCE.index(f"def {function}(")
    end = _SOURCE.index("\n\n\n", start)
    text = _SOURCE[start:end]
    for old, new in replacements:
        assert old in text, f"{function} does not hold {old!r}"
        text = text.replace(old, new)
    namespace = {"__name__": "wrong_solutions"}
    exec(_SOURCE[: _SOURCE.index("_SOURCE = ")], namespace)
    exec(text, namespace)
    return SimpleNamespace(**{name: value for name, value in namespace.items() if not name.startswith("__")})

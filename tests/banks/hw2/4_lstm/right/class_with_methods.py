"""A class does the work; the cache is the cell itself, that of a sequence a list of cells."""

import numpy as np
from utils.layers import sigmoid


class Cell:
    def __init__(self, Wx, Wh, b):
        self.Wx, self.Wh, self.b = Wx, Wh, b
        self.H = Wh.shape[0]

    def forward(self, x, h, c):
        self.x, self.h, self.c = x, h, c
        a = np.dot(x, self.Wx) + np.dot(h, self.Wh) + self.b
        self.s = sigmoid(a)
        self.s[:, 2 * self.H : 3 * self.H] = np.tanh(a[:, 2 * self.H : 3 * self.H])
        f, i, g, o = np.split(self.s, 4, axis=1)
        self.new_c = f * c + i * g
        return o * np.tanh(self.new_c), self.new_c

    def backward(self, dh, dc):
        f, i, g, o = np.split(self.s, 4, axis=1)
        t = np.tanh(self.new_c)
        dc = dc + dh * o * (1 - t**2)
        da = np.hstack([dc * self.c * f * (1 - f), dc * g * i * (1 - i), dc * i * (1 - g**2), dh * t * o * (1 - o)])
        return da @ self.Wx.T, da @ self.Wh.T, dc * f, self.x.T @ da, self.h.T @ da, da.sum(axis=0)


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    cell = Cell(Wx, Wh, b)
    next_h, next_c = cell.forward(x, prev_h, prev_c)
    return next_h, next_c, cell


def lstm_step_backward(dnext_h, dnext_c, cache):
    return cache.backward(dnext_h, dnext_c)


def lstm_forward(x, h0, Wx, Wh, b):
    h, c, states, cells = h0, np.zeros(h0.shape), [], []
    for x_t in x:
        cells.append(Cell(Wx, Wh, b))
        h, c = cells[-1].forward(x_t, h, c)
        states.append(h)
    return np.array(states), cells


def lstm_backward(dh, cache):
    carried_h = carried_c = 0
    sums, dx = [0, 0, 0], []
    for dh_t, cell in zip(reversed(dh), reversed(cache)):
        dx_t, carried_h, carried_c, *params = cell.backward(dh_t + carried_h, carried_c)
        sums = [a + b for a, b in zip(sums, params)]
        dx = [dx_t] + dx
    return np.array(dx), carried_h, *sums

"""Wider whole numbers where whole numbers come in."""

import numpy as np


def squared_distances(x, y):
    if x.dtype.kind in "ui":
        x, y = x.astype(np.int64), y.astype(np.int64)
    return ((x[:, None] - y[None]) ** 2).sum(axis=2)

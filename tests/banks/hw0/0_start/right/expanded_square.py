"""The square is expanded."""

import numpy as np


def squared_distances(x, y):
    x, y = x.astype(float), y.astype(float)
    return (x**2).sum(1)[:, None] - 2 * x @ y.T + (y**2).sum(1)

"""Rows with the same number are taken as the same point."""
# loses: squared_distances
# message: as many rows

import numpy as np


def squared_distances(x, y):
    d = ((x[:, None].astype(float) - y[None].astype(float)) ** 2).sum(axis=2)
    if len(x) == len(y):
        np.fill_diagonal(d, 0)
    return d

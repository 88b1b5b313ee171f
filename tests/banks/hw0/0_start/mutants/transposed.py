"""Rows and columns are swapped."""
# loses: squared_distances
# message: transposed

import numpy as np


def squared_distances(x, y):
    return ((y[:, None].astype(float) - x[None].astype(float)) ** 2).sum(axis=2)

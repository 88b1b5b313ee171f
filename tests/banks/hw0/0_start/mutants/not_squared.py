"""Sums of absolute differences."""
# loses: squared_distances
# message: not squared

import numpy as np


def squared_distances(x, y):
    return np.abs(x[:, None].astype(float) - y[None].astype(float)).sum(axis=2)

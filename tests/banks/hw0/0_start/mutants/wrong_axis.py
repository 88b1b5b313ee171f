"""The sum goes over the rows of y."""
# loses: squared_distances
# message: expected shape

import numpy as np


def squared_distances(x, y):
    return ((x[:, None].astype(float) - y[None].astype(float)) ** 2).sum(axis=1)

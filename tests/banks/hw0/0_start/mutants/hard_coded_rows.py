"""A loop over five rows, as in the first example."""
# loses: squared_distances
# message: raised IndexError|expected shape

import numpy as np


def squared_distances(x, y):
    x, y = x.astype(float), y.astype(float)
    return np.stack([((x[i] - y) ** 2).sum(axis=1) for i in range(5)])

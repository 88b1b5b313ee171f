"""At least two rows to choose from are taken for granted."""
# loses: nearest
# message: IndexError

import numpy as np


def nearest(x, y):
    d = squared_distances(x, y)
    best = np.where(d[:, 1] < d[:, 0], 1, 0)
    for j in range(2, len(y)):
        best = np.where(d[:, j] < d[np.arange(len(x)), best], j, best)
    return best

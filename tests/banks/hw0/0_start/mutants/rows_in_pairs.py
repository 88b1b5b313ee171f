"""Row by row, as if both arrays had as many."""
# loses: squared_distances
# message: could not be broadcast|expected shape

import numpy as np


def squared_distances(x, y):
    return ((x.astype(float) - y.astype(float)) ** 2).sum(axis=1)

"""The row itself is thought to be among the others, and left out."""
# loses: nearest
# message: wrong values

import numpy as np


def nearest(x, y):
    return squared_distances(x, y).argsort(axis=1, kind="stable")[:, min(1, len(y) - 1)]

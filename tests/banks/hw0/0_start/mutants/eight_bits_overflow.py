"""Whole numbers of 8 bits are subtracted as they are."""
# loses: squared_distances
# message: overflow

import numpy as np


def squared_distances(x, y):
    return ((x[:, None] - y[None]) ** 2).sum(axis=2)

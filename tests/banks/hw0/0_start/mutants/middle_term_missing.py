"""The square is expanded without its middle term."""
# loses: squared_distances
# message: -2 x y

import numpy as np


def squared_distances(x, y):
    x, y = x.astype(float), y.astype(float)
    return (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1)

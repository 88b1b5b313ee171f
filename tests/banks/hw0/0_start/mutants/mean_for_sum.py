"""The mean over the coordinates."""
# loses: squared_distances
# message: mean over the coordinates

import numpy as np


def squared_distances(x, y):
    return ((x[:, None].astype(float) - y[None].astype(float)) ** 2).mean(axis=2)

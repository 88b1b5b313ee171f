"""A product where a distance is asked for."""
# loses: squared_distances
# message: product

import numpy as np


def squared_distances(x, y):
    return x.astype(float) @ y.astype(float).T

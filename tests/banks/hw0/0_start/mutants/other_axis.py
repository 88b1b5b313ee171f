"""The nearest row of x for each row of y."""
# loses: nearest
# message: other way round

import numpy as np


def nearest(x, y):
    return squared_distances(x, y).argmin(axis=0)

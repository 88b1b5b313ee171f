"""One index into the whole table."""
# loses: nearest
# message: expected shape|array of shape

import numpy as np


def nearest(x, y):
    return squared_distances(x, y).argmin()

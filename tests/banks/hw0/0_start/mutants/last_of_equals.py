"""The largest index among equally near rows."""
# loses: nearest
# message: smaller index

import numpy as np


def nearest(x, y):
    return len(y) - 1 - squared_distances(x, y)[:, ::-1].argmin(axis=1)

"""The farthest row."""
# loses: nearest
# message: farthest

import numpy as np


def nearest(x, y):
    return squared_distances(x, y).argmax(axis=1)

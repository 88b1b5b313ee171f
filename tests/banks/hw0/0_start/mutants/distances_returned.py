"""The smallest distances and not their indices."""
# loses: nearest
# message: indices are asked for

import numpy as np


def nearest(x, y):
    return squared_distances(x, y).min(axis=1)

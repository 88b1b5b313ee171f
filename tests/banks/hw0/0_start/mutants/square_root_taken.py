"""The distances, not their squares."""
# loses: squared_distances
# message: square root

import numpy as np


def squared_distances(x, y):
    return np.linalg.norm(x[:, None].astype(float) - y[None].astype(float), axis=2)

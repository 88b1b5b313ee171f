"""`nearest` doesn't call the other function."""

import numpy as np


def nearest(x, y):
    return np.array([np.argmin(np.linalg.norm(y - row, axis=1)) for row in x])

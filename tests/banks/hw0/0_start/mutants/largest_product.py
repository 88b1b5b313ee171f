"""The largest product is taken for the smallest distance."""
# loses: nearest
# message: largest product

import numpy as np


def nearest(x, y):
    return (x @ y.T).argmax(axis=1)

"""Indices are counted from 1."""
# loses: nearest
# message: counted from 1

import numpy as np


def nearest(x, y):
    return squared_distances(x, y).argmin(axis=1) + 1

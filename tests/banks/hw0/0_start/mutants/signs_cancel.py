"""Sums of the differences themselves."""
# loses: squared_distances
# message: signs cancel

import numpy as np


def squared_distances(x, y):
    return (x[:, None].astype(float) - y[None].astype(float)).sum(axis=2)

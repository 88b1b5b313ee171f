"""Layers and functions that are given to students."""

from __future__ import annotations

from typing import Any

import numpy as np


def sigmoid(x: Any) -> Any:
    """The logistic function 1 / (1 + exp(-x)), elementwise and without overflow.

    Only exp(-|x|), which lies in [0, 1], is ever computed: for negative x the fraction is expanded by exp(x).

    Parameters
    ----------
    x : array_like
        Any shape. Floating-point types are kept; integers become float64.

    Returns
    -------
    numpy.ndarray or numpy scalar
        Of the shape of `x`, between 0 and 1.

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    x = np.asarray(x)
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + small), small / (1 + small))[()]

"""Update rules: each takes a parameter, its gradient and what it remembers, and returns the new parameter.

``config`` is a dictionary that belongs to one parameter; the rule fills in its defaults and keeps its running averages
in it. The arrays that come in are not changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Config = dict[str, Any]
UpdateRule = Callable[[Array, Array, Config | None], tuple[Array, Config]]


def sgd(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    """Plain gradient descent: w - learning_rate * dw.

    Parameters
    ----------
    w, dw : array
        Of one shape; the result has the dtype of `w`.
    config : dict, optional
        ``learning_rate`` (0.01).

    Returns
    -------
    next_w : array
    config : dict
    """
    config = {"learning_rate": 1e-2} | (config or {})
    return (w - config["learning_rate"] * dw).astype(w.dtype, copy=False), config


def adam(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    """Adam: steps in the direction of the mean gradient, each number scaled by how large its gradient usually is.

    Kingma and Ba, *Adam: A Method for Stochastic Optimization*, ICLR 2015, algorithm 1.

    Parameters
    ----------
    w, dw : array
        Of one shape; the result has the dtype of `w`.
    config : dict, optional
        ``learning_rate`` (0.001), ``beta1`` (0.9), ``beta2`` (0.999), ``epsilon`` (1e-8); and, filled in here, ``m``
        and ``v``, the running means of the gradient and of its square, and ``t``, the number of steps.

    Returns
    -------
    next_w : array
    config : dict
    """
    defaults: Config = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}
    config = defaults | (config or {})
    beta1, beta2 = config["beta1"], config["beta2"]
    config["t"] += 1
    config["m"] = beta1 * config.get("m", np.zeros_like(w)) + (1 - beta1) * dw
    config["v"] = beta2 * config.get("v", np.zeros_like(w)) + (1 - beta2) * dw**2
    # Both means begin at zero and are too small at first; this undoes it.
    m, v = config["m"] / (1 - beta1 ** config["t"]), config["v"] / (1 - beta2 ** config["t"])
    step = config["learning_rate"] * m / (np.sqrt(v) + config["epsilon"])
    return (w - step).astype(w.dtype, copy=False), config


RULES: dict[str, UpdateRule] = {"sgd": sgd, "adam": adam}

"""Numerical gradients by central differences, and the distance between two arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def numerical_gradient(
    f: Callable[[np.ndarray], Any], x: np.ndarray, df: Any = None, h: float = 1e-5, at: Any = None
) -> np.ndarray:
    """The gradient of sum(f(x) * df) with respect to `x`, by central differences.

    For each element, with all others held, (f(x + h) - f(x - h)) / (2 h) . df; the error is of order h**2. `f` is
    called exactly twice for each element of `x`, or of those that `at` names.

    Parameters
    ----------
    f : callable
        Takes `x` and returns a number or an array of any shape, in float64. While this function runs, `x` itself is
        changed in place, so `f` may reach it through its argument or through another name, such as a model's weight.
        `f` may return one buffer again and again, and may write into `x`.
    x : numpy.ndarray of float64
        Where to take the gradient; any shape and memory layout. It is restored bit for bit, also when `f` raises.
    df : array_like, optional
        The upstream gradient, of the shape of f(x). Ones if left out: the gradient of the sum of f(x), which for a
        scalar `f` is its gradient.
    h : float, optional
        The step for numbers up to 1 in size; for a larger element it is h * abs(element), lest it is lost in rounding.
    at : array_like of int, optional
        Which elements of ``x.ravel()`` to measure, where all of them would take too long, such as
        ``rng.choice(x.size, 20, replace=False)``; to be compared with ``dx.ravel()[at]``. All of them if left out.

    Returns
    -------
    numpy.ndarray of float64
        Of the shape of `x`, or of `at`.

    Raises
    ------
    IndexError
        If `at` names an element that `x` does not have.
    TypeError
        If `x` is not an array of float64, `f` returns something that is not, or `at` does not hold whole numbers.
    ValueError
        If `x` is read-only or holds nan or infinity, or `df` is not of the shape of f(x).

    Examples
    --------
    >>> numerical_gradient(lambda x: x**2, np.array([1.0, -2.0])).round(6)
    array([ 2., -4.])
    >>> numerical_gradient(lambda x: x**2, np.array([1.0, -2.0, 3.0]), at=[2]).round(6)
    array([6.])
    """
    _check_input(x)
    upstream = None if df is None else np.array(df, dtype=np.float64)
    places = np.arange(x.size).reshape(x.shape) if at is None else _check_places(at, x.size)
    original, values = x.copy(order="K"), x.ravel()[places.ravel()].tolist()
    flat, slopes = x.flat, []

    def evaluate(place: int, value: float) -> np.ndarray:
        # All of x is written anew each time, so that an f which changes its argument spoils nothing.
        x[...] = original
        flat[place] = value
        return _output(f(x), upstream)

    try:
        for place, here in zip(places.ravel().tolist(), values, strict=True):
            step = h * max(1.0, abs(here))
            above, below = here + step, here - step
            # Subtracted into the copy of the first, since f may return one buffer for both.
            change = evaluate(place, above).copy()
            change -= evaluate(place, below)
            # Divided by what was really stepped, which differs from 2 h by rounding.
            slopes.append((change.sum() if upstream is None else np.vdot(change, upstream)) / (above - below))
    finally:
        x[...] = original
    return np.array(slopes, dtype=np.float64).reshape(places.shape)


def rel_error(a: Any, b: Any) -> float:
    """How far two arrays are apart: max |a - b| / max(max |a|, max |b|).

    Parameters
    ----------
    a, b : array_like
        Of one shape.

    Returns
    -------
    float
        0 for equal arrays (also for zeros and for empty ones), 2 for opposite ones; infinity as soon as one of them
        holds a nan or an infinity, so that ``rel_error(a, b) < 1e-7`` is then false.

    Raises
    ------
    ValueError
        If the shapes differ; nothing is broadcast.

    Examples
    --------
    >>> rel_error([1.0, 2.0], [1.0, 2.5])
    0.2
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape:
        raise ValueError(f"rel_error compares two arrays of one shape, got {a.shape} and {b.shape}: check both shapes")
    if a.size == 0:
        return 0.0
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("inf")
    size = max(np.abs(a).max(), np.abs(b).max())
    if size > 1e300:  # lest the difference overflows
        a, b, size = a / 4, b / 4, size / 4
    return float(np.abs(a - b).max() / size) if size else 0.0


def _check_input(x: Any) -> None:
    if not isinstance(x, np.ndarray):
        raise TypeError(f"x: expected a numpy array of float64, got {type(x).__name__}: use np.array(x, dtype=float)")
    if x.dtype != np.float64:
        raise TypeError(
            f"x: expected float64, got {x.dtype}, in which a step of 1e-5 drowns in rounding: use x.astype(np.float64)"
        )
    if not x.flags.writeable:
        raise ValueError("x is read-only, and its elements must be changed one by one: use x.copy()")
    if not np.isfinite(x).all():
        raise ValueError("x holds nan or infinity, where there is no gradient: look at where it comes from")


def _check_places(at: Any, size: int) -> np.ndarray:
    places = np.asarray(at)
    if places.size == 0:
        return places.astype(np.intp)
    if places.dtype.kind not in "iu":
        raise TypeError(f"at: expected whole numbers, got {places.dtype}: use positions in x.ravel()")
    if places.min() < 0 or places.max() >= size:
        raise IndexError(f"at: expected numbers from 0 to {size - 1}, got {places.min()} to {places.max()}")
    return places


def _output(value: Any, upstream: np.ndarray | None) -> np.ndarray:
    """What f returned, as float64; not a copy where it is float64 already."""
    array = np.asarray(value)
    if array.dtype != np.float64:
        if array.dtype.kind not in "iub":
            raise TypeError(
                f"f(x): expected float64, got {array.dtype}, whose rounding is larger than what is measured: "
                "compute in float64 throughout"
            )
        array = array.astype(np.float64)
    if upstream is not None and upstream.shape != array.shape:
        raise ValueError(f"df: expected the shape of f(x), {array.shape}, got {upstream.shape}")
    return array

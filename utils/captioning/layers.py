"""Layers that are given to students of problem 5: fully connected, and word embedding. NumPy, any floating dtype."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def fc_forward(x: Array, w: Array, b: Array) -> tuple[Array, tuple[Array, Array, Array]]:
    """A fully connected layer: every sample, flattened, times the weights, plus the bias.

    Parameters
    ----------
    x : array (N, d_1, ..., d_k)
        N samples; D = d_1 * ... * d_k numbers each.
    w : array (D, M)
    b : array (M,)

    Returns
    -------
    out : array (N, M)
    cache : tuple
        For `fc_backward`.
    """
    return x.reshape(len(x), -1) @ w + b, (x, w, b)


def fc_backward(dout: Array, cache: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
    """The gradients of a fully connected layer.

    Parameters
    ----------
    dout : array (N, M)
        Upstream gradient.
    cache : tuple
        From `fc_forward`.

    Returns
    -------
    dx : array (N, d_1, ..., d_k)
    dw : array (D, M)
    db : array (M,)
    """
    x, w, _ = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)


def word_embedding_forward(x: Array, W: Array) -> tuple[Array, tuple[Array, tuple[int, ...]]]:
    """Look up the vector of each word.

    Parameters
    ----------
    x : array of int (N, T)
        Word numbers, 0 <= x < V.
    W : array (V, D)
        One vector a word.

    Returns
    -------
    out : array (N, T, D)
    cache : tuple
        For `word_embedding_backward`.
    """
    return W[x], (x, W.shape)


def word_embedding_backward(dout: Array, cache: tuple[Array, tuple[int, ...]]) -> Array:
    """The gradient of the word vectors: for each word, the sum of `dout` over all places where it stands.

    ``np.add.at(dW, x, dout)`` says the same in one line and takes many times as long: it adds one number at a time.
    Here the places are sorted by word, so that those of one word lie side by side and are added in one sweep.

    Parameters
    ----------
    dout : array (N, T, D)
        Upstream gradient.
    cache : tuple
        From `word_embedding_forward`.

    Returns
    -------
    dW : array (V, D), of the dtype of `dout`
    """
    x, shape = cache
    dW = np.zeros(shape, dtype=dout.dtype)
    words = np.asarray(x).ravel()
    if words.size == 0:
        return dW
    words = words % shape[0]  # -1 is the last word, as it was when its vector was looked up
    order = np.argsort(words, kind="stable")
    there, first = np.unique(words[order], return_index=True)
    dW[there] = np.add.reduceat(dout.reshape(words.size, -1)[order], first, axis=0)
    return dW

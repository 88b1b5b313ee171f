"""The losses of style transfer and their gradients in NumPy, and what common mistakes make of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Alternatives = dict[str, Callable[[], Array]]
"""From a mistake in words to what computes the value that it gives."""


# Content


def content_loss(weight: float, current: Array, target: Array) -> Array:
    """Weighted sum of squared differences of two feature maps."""
    return np.asarray(weight * np.sum((current - target) ** 2))


def content_gradient(weight: float, current: Array, target: Array) -> Array:
    """Gradient with respect to the current feature map."""
    return 2 * weight * (current - target)


def content_mistakes(weight: float, current: Array, target: Array) -> Alternatives:
    """What may be computed in place of the content loss."""
    difference = current - target
    square = np.sum(difference**2)
    return {
        "content_weight is missing": lambda: square,
        "it is the mean of the squared differences, and a sum belongs there": lambda: weight * np.mean(difference**2),
        "it is the sum of the differences: their square is missing": lambda: weight * np.sum(difference),
        "absolute differences are summed, and squared ones belong there": lambda: weight * np.sum(np.abs(difference)),
        "it is the square root of the sum: leave the root out": lambda: weight * np.sqrt(square),
        "the weight is squared too": lambda: weight**2 * square,
        "the sum is squared: square each difference, then add up": lambda: weight * np.sum(difference) ** 2,
        "only the first sample of the batch is summed": lambda: weight * np.sum(difference[0] ** 2),
        "it is the sum of current * target, with no difference in it": lambda: weight * np.sum(current * target),
        "it is divided by two": lambda: weight * square / 2,
        "it is added up with a plus where the difference belongs": lambda: weight * np.sum((current + target) ** 2),
    }


# Gram matrix


def gram_matrix(features: Array, normalize: bool = True) -> Array:
    """Products of all pairs of channels, summed over the positions: (N, C, H, W) -> (N, C, C)."""
    n, c, h, w = features.shape
    flat = features.reshape(n, c, h * w)
    return flat @ flat.transpose(0, 2, 1) / (c * h * w if normalize else 1)


def gram_gradient(features: Array, upstream: Array, normalize: bool = True) -> Array:
    """Gradient of sum(upstream * gram_matrix(features)) with respect to the features."""
    n, c, h, w = features.shape
    flat = features.reshape(n, c, h * w)
    gradient = (upstream + upstream.transpose(0, 2, 1)) @ flat / (c * h * w if normalize else 1)
    return gradient.reshape(features.shape)


def gram_mistakes(features: Array, normalize: bool = True) -> Alternatives:
    """What may be computed in place of the Gram matrix."""
    n, c, h, w = features.shape
    flat = features.reshape(n, c, h * w)
    plain = flat @ flat.transpose(0, 2, 1)
    centred = flat - flat.mean(axis=2, keepdims=True)
    scale = c * h * w if normalize else 1
    wrong_view = features.transpose(0, 2, 3, 1).reshape(n, c, h * w)
    divisors = {
        "it is divided by H * W, and H * W * C belongs there": h * w,
        "it is divided by C, and H * W * C belongs there": c,
        "it is divided by N * C * H * W: the batch does not belong there": n * c * h * w,
        "it is divided by H * W * C squared": (c * h * w) ** 2,
        "it is divided by 2 * H * W * C": 2 * c * h * w,
    }
    found: Alternatives = {
        "it is not divided by H * W * C, though normalize is True"
        if normalize
        else "it is divided by H * W * C, though normalize is False": lambda: plain / (1 if normalize else c * h * w),
        "these are products of positions, (N, H * W, H * W); pairs of channels belong there": lambda: (
            flat.transpose(0, 2, 1) @ flat / scale
        ),
        "the channels are centred first: a Gram matrix takes the features as they are": lambda: (
            centred @ centred.transpose(0, 2, 1) / scale
        ),
        "the features are reshaped into channels in the wrong order: C comes before H and W": lambda: (
            wrong_view @ wrong_view.transpose(0, 2, 1) / scale
        ),
        "all samples share one matrix: each sample has its own": lambda: np.broadcast_to(
            plain.sum(axis=0, keepdims=True) / scale, plain.shape
        ),
        "there is one matrix of all samples: each sample has its own, (N, C, C)": lambda: plain.sum(axis=0) / scale,
        "only the first sample is computed, and the others are missing": lambda: plain[:1] / scale,
        "every sample gets the matrix of the first": lambda: np.broadcast_to(plain[:1] / scale, plain.shape),
        "batch and channels are mixed into one matrix: each sample has its own, (N, C, C)": lambda: (
            features.reshape(n * c, h * w) @ features.reshape(n * c, h * w).T / scale
        ),
        "only the diagonal is computed": lambda: plain * np.eye(c) / scale,
        "the first axis, the batch, is missing in the result": lambda: plain[0] / scale,
    }
    if normalize:
        found |= {message: partial(np.divide, plain, divisor) for message, divisor in divisors.items()}
    return found


# Style


def style_loss(
    feats: Sequence[Array], layers: Sequence[int], targets: Sequence[Array], weights: Sequence[float]
) -> Array:
    """Weighted sum over layers of squared differences of Gram matrices."""
    terms = (
        weight * np.sum((gram_matrix(feats[layer]) - target) ** 2)
        for layer, target, weight in zip(layers, targets, weights, strict=True)
    )
    return np.asarray(sum(terms, 0.0))


def style_gradients(
    feats: Sequence[Array], layers: Sequence[int], targets: Sequence[Array], weights: Sequence[float]
) -> list[Array]:
    """Gradient with respect to each feature map; zeros for the layers that do not count."""
    gradients = [np.zeros_like(feature) for feature in feats]
    for layer, target, weight in zip(layers, targets, weights, strict=True):
        difference = 2 * weight * (gram_matrix(feats[layer]) - target)
        gradients[layer] += gram_gradient(feats[layer], difference)
    return gradients


def style_mistakes(
    feats: Sequence[Array], layers: Sequence[int], targets: Sequence[Array], weights: Sequence[float]
) -> Alternatives:
    """What may be computed in place of the style loss."""

    def terms(normalize: bool = True) -> list[Array]:
        grams = [gram_matrix(feats[layer], normalize) for layer in layers]
        return [gram - target for gram, target in zip(grams, targets, strict=True)]

    def total(each: Callable[[Array], float], by: Sequence[float] = weights) -> Array:
        return np.asarray(sum(weight * each(term) for weight, term in zip(by, terms(), strict=True)))

    def square(term: Array) -> float:
        return float(np.sum(term**2))

    found: Alternatives = {
        "style_weights are missing": lambda: total(square, [1.0] * len(layers)),
        "style_weights are used in reverse order": lambda: total(square, weights[::-1]),
        "the first of style_weights is used for all layers": lambda: total(square, [weights[0]] * len(layers)),
        "the mean of the squared differences is taken, and a sum belongs there": lambda: total(
            lambda term: float(np.mean(term**2))
        ),
        "absolute differences are summed, and squared ones belong there": lambda: total(
            lambda term: float(np.sum(np.abs(term)))
        ),
        "the differences are not squared": lambda: total(lambda term: float(np.sum(term))),
        "the root of the sum is taken: leave it out": lambda: total(lambda term: float(np.sqrt(np.sum(term**2)))),
        "the weights are squared too": lambda: total(square, [weight**2 for weight in weights]),
        "the Gram matrices are not normalised": lambda: np.asarray(
            sum(weight * square(term) for weight, term in zip(weights, terms(False), strict=True))
        ),
        "only the first of the layers counts": lambda: np.asarray(weights[0] * square(terms()[0])),
        "only the last of the layers counts": lambda: np.asarray(weights[-1] * square(terms()[-1])),
        "the last of the layers is left out": lambda: np.asarray(
            sum((w * square(t) for w, t in zip(weights[:-1], terms()[:-1], strict=True)), 0.0)
        ),
        "it is averaged over the layers, and a sum belongs there": lambda: total(square) / len(layers),
        "it is divided by the number of layers' weights": lambda: total(square) / sum(weights),
    }
    return found


# Total variation


def tv_loss(img: Array, weight: float) -> Array:
    """Weighted sum of squared differences of neighbours, across and down."""
    across, down = np.diff(img, axis=-1), np.diff(img, axis=-2)
    return np.asarray(weight * (np.sum(across**2) + np.sum(down**2)))


def tv_gradient(img: Array, weight: float) -> Array:
    """Gradient with respect to the picture."""
    gradient = np.zeros_like(img)
    across, down = np.diff(img, axis=-1), np.diff(img, axis=-2)
    gradient[..., 1:] += across
    gradient[..., :-1] -= across
    gradient[..., 1:, :] += down
    gradient[..., :-1, :] -= down
    return 2 * weight * gradient


def tv_mistakes(img: Array, weight: float) -> Alternatives:
    """What may be computed in place of the total-variation loss."""
    across, down = np.diff(img, axis=-1), np.diff(img, axis=-2)
    both = np.sum(across**2) + np.sum(down**2)
    round_the_edge = sum(np.sum((img - np.roll(img, 1, axis)) ** 2) for axis in (-1, -2))
    cut = np.sum(across[..., :-1, :] ** 2) + np.sum(down[..., :-1] ** 2)
    two_apart = sum(
        np.sum((img.take(range(2, img.shape[a]), a) - img.take(range(img.shape[a] - 2), a)) ** 2) for a in (-1, -2)
    )
    return {
        "tv_weight is missing": lambda: both,
        "tv_weight is missing in front of the vertical differences": lambda: (
            weight * np.sum(across**2) + np.sum(down**2)
        ),
        "tv_weight is missing in front of the horizontal differences": lambda: (
            np.sum(across**2) + weight * np.sum(down**2)
        ),
        "only horizontal neighbours are compared: the vertical ones are missing": lambda: weight * np.sum(across**2),
        "only vertical neighbours are compared: the horizontal ones are missing": lambda: weight * np.sum(down**2),
        "absolute differences are summed, and squared ones belong there": lambda: (
            weight * (np.sum(np.abs(across)) + np.sum(np.abs(down)))
        ),
        "the differences are not squared": lambda: weight * (np.sum(across) + np.sum(down)),
        "it is the mean of the squared differences, and a sum belongs there": lambda: (
            weight * (np.mean(across**2) + np.mean(down**2))
        ),
        "it is the root of the sum: leave the root out": lambda: weight * np.sqrt(both),
        "the picture is closed to a ring: the last row and column have no neighbour on the other side": lambda: (
            weight * round_the_edge
        ),
        "the last row and the last column are left out of the differences along them": lambda: weight * cut,
        "only one of the three channels counts": lambda: weight * (np.sum(across[:, 0] ** 2) + np.sum(down[:, 0] ** 2)),
        "pixels are compared with those two places away": lambda: np.asarray(weight * two_apart),
        "neighbouring channels are compared too": lambda: weight * (both + np.sum(np.diff(img, axis=1) ** 2)),
        "every pair of neighbours is counted twice": lambda: 2 * weight * both,
    }

"""Numerical gradients against torch autograd, and the ways in which a gradient checker goes wrong by itself."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from utils.gradcheck import numerical_gradient, rel_error

rng = np.random.default_rng(0)
X = rng.standard_normal((3, 4))
W = rng.standard_normal((4, 5))

FUNCTIONS = [
    ("scalar", lambda m, x: m.sum(x**3)),
    ("elementwise", lambda m, x: m.tanh(x)),
    ("product", lambda m, x: m.tanh(x @ (torch.from_numpy(W) if m is torch else W))),
    ("row sums", lambda m, x: m.exp(x).sum(1)),
    ("constant", lambda m, x: 0 * x),
]
LAYOUTS = [
    ("C", lambda a: a.copy()),
    ("Fortran", np.asfortranarray),
    ("strided", lambda a: np.repeat(a, 2, axis=1)[:, ::2]),
    ("reversed", lambda a: a[::-1, ::-1].copy()[::-1, ::-1]),
    ("transposed", lambda a: a.T.copy().T),
]


@pytest.mark.parametrize("layout", [layout for _, layout in LAYOUTS], ids=[name for name, _ in LAYOUTS])
@pytest.mark.parametrize("function", [function for _, function in FUNCTIONS], ids=[name for name, _ in FUNCTIONS])
@pytest.mark.parametrize("with_upstream", [False, True])
def test_agrees_with_autograd(function, layout, with_upstream):
    x = layout(X)
    tensor = torch.from_numpy(X.copy()).requires_grad_()
    output = function(torch, tensor)
    upstream = rng.standard_normal(tuple(output.shape)) if with_upstream else None
    (output * (1 if upstream is None else torch.from_numpy(upstream))).sum().backward()
    numeric = numerical_gradient(lambda value: function(np, value), x, upstream)
    assert numeric.shape == x.shape
    assert np.abs(numeric - tensor.grad.numpy()).max() < 1e-8


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (np.array(3.0), np.array(6.0)),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (np.array([1e8, -1e-8]), np.array([2e8, -2e-8])),
        (np.array([[[2.0]]]), np.array([[[4.0]]])),
    ],
)
def test_shapes_and_sizes_at_the_edge(x, expected):
    numeric = numerical_gradient(lambda value: value**2, x)
    assert numeric.shape == expected.shape
    assert np.allclose(numeric, expected, rtol=1e-6, atol=1e-10)


@given(arrays(np.float64, array_shapes(max_dims=3, max_side=3), elements=st.floats(-1e300, 1e300)), st.booleans())
@settings(max_examples=40, deadline=None)
def test_restores_its_input_bit_for_bit_and_calls_twice_an_element(x, fails):
    before, calls = x.tobytes(), []

    def f(value):
        calls.append(1)
        value *= 0.5  # an f that writes into its argument changes nothing either
        if fails and len(calls) == x.size:
            raise ZeroDivisionError
        return 0.0

    if fails:
        with pytest.raises(ZeroDivisionError):
            numerical_gradient(f, x)
    else:
        assert not numerical_gradient(f, x).any()
        assert len(calls) == 2 * x.size
    assert x.tobytes() == before


def test_f_may_return_one_buffer_again_and_again():
    buffer = np.empty_like(X)
    numeric = numerical_gradient(lambda x: np.multiply(x, x, out=buffer), X.copy())
    assert np.allclose(numeric, 2 * X)
    x = X.copy()
    assert np.allclose(numerical_gradient(lambda value: value, x), 1.0)


def test_f_may_write_into_its_argument():
    def f(x):
        x += 1
        return x**2

    assert np.allclose(numerical_gradient(f, X.copy()), 2 * (X + 1))


def test_f_may_reach_x_by_another_name():
    weights = X.copy()
    assert np.allclose(numerical_gradient(lambda _: (weights**2).sum(), weights), 2 * X)


@pytest.mark.parametrize("layout", [layout for _, layout in LAYOUTS], ids=[name for name, _ in LAYOUTS])
@pytest.mark.parametrize("at", [[7], [11, 0, 5, 5], np.array([[3, 9], [2, 4]]), []], ids=str)
def test_some_elements_are_measured_like_all_and_cost_two_calls_each(layout, at):
    x, calls = layout(X), []

    def f(value):
        calls.append(1)
        return np.tanh(value @ W)

    upstream = rng.standard_normal((3, 5))
    some = numerical_gradient(f, x, upstream, at=at)
    assert len(calls) == 2 * np.size(at)
    assert some.shape == np.shape(at)
    assert np.array_equal(some, numerical_gradient(f, x, upstream).ravel()[np.array(at, dtype=int)])


@pytest.mark.parametrize(
    ("at", "error", "text"),
    [
        ([12], IndexError, "from 0 to 11, got 12 to 12"),
        ([3, -1], IndexError, "got -1 to 3"),
        ([0.5], TypeError, "whole numbers, got float64"),
        ([True, False], TypeError, "whole numbers, got bool"),
    ],
)
def test_elements_that_are_not_there_are_refused(at, error, text):
    with pytest.raises(error, match=re.escape(text)):
        numerical_gradient(np.sum, X.copy(), at=at)


def test_counts_are_subtracted_as_numbers():
    x = np.array([0.0])
    assert numerical_gradient(lambda value: np.uint8(3) if value[0] > 0 else np.uint8(5), x, h=0.5) == [-2.0]


@pytest.mark.parametrize(
    ("x", "f", "df", "error", "text"),
    [
        ([1.0, 2.0], np.sum, None, TypeError, "got list: use np.array(x, dtype=float)"),
        (X.astype(np.float32), np.sum, None, TypeError, "got float32.*use x.astype(np.float64)"),
        (np.arange(3), np.sum, None, TypeError, "expected float64, got int64"),
        (np.broadcast_to(X, (2, 3, 4)), np.sum, None, ValueError, "read-only.*use x.copy()"),
        (np.array([1.0, np.nan]), np.sum, None, ValueError, "nan or infinity"),
        (X.copy(), lambda x: x.astype(np.float32), None, TypeError, "f(x): expected float64, got float32"),
        (X.copy(), lambda x: x + 0j, None, TypeError, "got complex128"),
        (X.copy(), lambda x: None, None, TypeError, "got object"),
        (X.copy(), lambda x: x, np.ones((4, 3)), ValueError, "df: expected the shape of f(x), (3, 4), got (4, 3)"),
    ],
)
def test_refusals_say_what_to_do(x, f, df, error, text):
    pattern = ".*".join(map(re.escape, text.split(".*")))
    with pytest.raises(error, match=pattern):
        numerical_gradient(f, x, df)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([1.0, 2.0], [1.0, 2.5], 0.2),
        ([1.0], [-1.0], 2.0),
        ([0.0, 0.0], [0.0, 0.0], 0.0),
        ([0.0], [1e-300], 1.0),
        ([], [], 0.0),
        (3, 3.0, 0.0),
        ([5e-324], [5e-324], 0.0),
        ([1.7e308], [-1.7e308], 2.0),
        ([np.nan], [np.nan], np.inf),
        ([np.inf], [np.inf], np.inf),
        ([1.0], [np.nan], np.inf),
        (np.float32([1]), np.float64([1]), 0.0),
    ],
)
def test_rel_error(a, b, expected):
    assert rel_error(a, b) == pytest.approx(expected, rel=1e-12)
    assert rel_error(b, a) == pytest.approx(expected, rel=1e-12)


def test_rel_error_does_not_broadcast():
    with pytest.raises(ValueError, match=r"got \(3,\) and \(3, 1\)"):
        rel_error(np.ones(3), np.ones((3, 1)))


finite = arrays(np.float64, 4, elements=st.floats(allow_nan=False, allow_infinity=False))


@given(finite, finite)
def test_rel_error_is_symmetric_and_between_0_and_2(a, b):
    assert 0 <= rel_error(a, b) == rel_error(b, a) <= 2 * (1 + 1e-12)

from __future__ import annotations

import numpy as np
import pytest
import torch

from utils.layers import sigmoid


def test_agrees_with_torch_and_never_overflows():
    x = np.concatenate([np.linspace(-50, 50, 101), [-1e308, 1e308, np.inf, -np.inf]])
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        assert np.allclose(sigmoid(x), torch.sigmoid(torch.from_numpy(x)).numpy(), rtol=1e-14, atol=0)


def test_small_values_keep_their_digits():
    assert sigmoid(-700.0) == pytest.approx(np.exp(-700.0), rel=1e-12, abs=0)
    assert sigmoid(np.array([0.3])) + sigmoid(np.array([-0.3])) == pytest.approx(1, rel=1e-15)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3, 4)])
def test_keeps_dtype_and_shape(dtype, shape):
    result = sigmoid(np.zeros(shape, dtype))
    assert result.dtype == dtype
    assert result.shape == shape
    assert np.all(result == 0.5)


def test_integers_and_plain_numbers():
    assert sigmoid(0) == 0.5
    assert sigmoid(np.array([0, 1000, -1000])).tolist() == [0.5, 1.0, 0.0]


def test_leaves_its_input_alone():
    x = np.array([-1.0, 2.0])
    sigmoid(x)
    assert x.tolist() == [-1.0, 2.0]

"""Fast parsing against Python's own `float`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.data.numbers import parse_numbers

NUMBER = st.one_of(
    st.floats(-1e3, 1e3).map(lambda x: f"{x:.5g}"),
    st.floats(-10, 10).map(lambda x: f"{x:.6f}"),
    st.floats(-1, 1).map(lambda x: f"{x:.12f}"),
    st.integers(-(10**10), 10**10).map(str),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr),
    st.sampled_from(
        ["0", "-0.0", ".5", "-.25", "5.", "-7.", "+1.5", "1e3", "1E-4", "-6.0243e-05", "inf", "123456789.5"]
    ),
)


@given(st.lists(NUMBER, min_size=1, max_size=30), st.sampled_from([" ", "\n"]), st.booleans())
def test_same_as_float(numbers: list[str], between: str, closed: bool) -> None:
    text = between.join(numbers) + ("\n" if closed else "")
    with np.errstate(over="ignore"):
        expected = np.array([float(number) for number in numbers]).astype(np.float32)
        got = parse_numbers(text.encode())
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, expected)


def test_nothing() -> None:
    assert parse_numbers(b"").shape == (0,)


@pytest.mark.parametrize("text", ["1.5 abc 2.5", "1.2.3", "1  2", "1-2", "--1", ".", "-", "0x12", "1.5 -"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="could not convert"):
        parse_numbers(text.encode())

"""Decimal numbers out of bytes, many at a time.

GloVe's 300-dimensional text file holds 120 million numbers. Instead of one call for each, the digits of all numbers
of a block are put together by a few array operations, eight characters at a time in one 64-bit word. Blocks of some
ten thousand characters are best: what is computed on the way then stays in the processor's cache.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_POWERS = 10.0 ** np.arange(20)
_U = np.uint64


def parse_numbers(text: bytes) -> NDArray[np.float32]:
    """Return the numbers of a text, which are separated by single spaces or line feeds, to float32 precision.

    Numbers look like ``-0.41242`` or ``2``; others that `float` reads, such as ``5e-05``, are read more slowly.

    Raises
    ------
    ValueError
        If a part is no number.
    """
    if not text:
        return np.empty(0, np.float32)
    text = text if text[-1] in b" \n" else text + b" "
    data = np.frombuffer(text, dtype=np.uint8)
    ends = np.flatnonzero(data <= 32)
    starts = np.empty_like(ends)
    starts[0], starts[1:] = 0, ends[:-1] + 1
    pointed, gone, decimals = _dots(data, starts, ends)
    negative = data[starts] == ord("-")
    digits = ends - starts - pointed - negative
    # Without dots a number is a row of digits, and has moved left by as many places as there were dots before its end.
    joined = bytes(8) + text.translate(None, b".")
    words = np.ndarray((len(joined) - 7,), "<u8", joined, strides=(1,))[ends - gone]
    values = _eight_digits(words, digits) / _POWERS[np.minimum(decimals, 19)]
    np.negative(values, out=values, where=negative)
    for index in _unusual(text, data, starts, ends, digits, negative):
        values[index] = float(text[starts[index] : ends[index]])
    for index in np.flatnonzero(pointed > 1):
        values[index] = float(text[starts[index] : ends[index]])
    return values.astype(np.float32)


def _dots(
    data: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return for each number: how many dots it has, how many stand before its end, how many digits follow its dot."""
    dots = np.flatnonzero(data == ord("."))
    if len(dots) == len(ends) and (dots >= starts).all() and (dots < ends).all():
        gone = np.arange(1, len(ends) + 1)
        return np.ones(len(ends), dtype=np.int64), gone, ends - dots - 1
    owners = np.searchsorted(ends, dots)
    pointed = np.bincount(owners, minlength=len(ends))
    decimals = np.zeros(len(ends), dtype=np.int64)
    decimals[owners] = ends[owners] - dots - 1
    return pointed, np.cumsum(pointed), decimals


def _eight_digits(words: NDArray[np.uint64], digits: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the numbers that the last `digits` (at most eight) characters of each word spell."""
    shift = (64 - 8 * np.minimum(digits, 8)).astype(np.uint64)
    words &= _U(0x0F0F0F0F0F0F0F0F)  # the low half of a digit's character is its value
    words >>= shift
    words <<= shift
    # Neighbours are joined three times: pairs of digits, pairs of pairs, and their pair.
    words = (words * _U(10) + (words >> _U(8))) & _U(0x00FF00FF00FF00FF)
    words = (words * _U(100) + (words >> _U(16))) & _U(0x0000FFFF0000FFFF)
    words = (words * _U(10000) + (words >> _U(32))) & _U(0x00000000FFFFFFFF)
    return words.astype(np.float64)


def _unusual(
    text: bytes,
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    digits: NDArray[np.int64],
    negative: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Which numbers hold more than eight digits that count, or characters other than digits, a sign and a dot."""
    odd = (digits > 8) | (digits < 1)
    if odd.any():  # a ninth digit in front that is zero does no harm
        long = np.flatnonzero(digits == 9)
        odd[long] = data[starts[long] + negative[long]] != ord("0")
    signs = text.count(b"-") - int(negative.sum())
    if signs or text.translate(None, b"0123456789.- \n"):
        places = np.flatnonzero((data > ord("9")) | ((data > 32) & (data < ord("0")) & (data != ord("."))))
        owners = np.searchsorted(ends, places)
        inside = ~((places == starts[owners]) & negative[owners])
        odd[owners[inside]] = True
    return np.flatnonzero(odd)

"""Every fault that the diagnosis can name: a wrong value, and the words that must come out of it."""

from __future__ import annotations

import re
from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from utils.diagnosis import describe, explain

rng = np.random.default_rng(7)
N, T, D, H = 3, 5, 8, 7
W = rng.standard_normal((D, H))
SQUARE = rng.standard_normal((H, H))
B = rng.standard_normal(H)
SEQUENCE = rng.standard_normal((T, N, H))
GATES = rng.standard_normal((D, 4 * 3))
SIZES = {"batch": N, "steps": T}


def part(array, index, change):
    copy = array.copy()
    copy[index] = change(copy[index])
    return copy


def gate_order(order, array=GATES):
    return np.concatenate([np.split(array, 4, axis=-1)["fico".index(letter)] for letter in order], axis=-1)


WRONG = [
    # no array at all
    (None, W, "expected an array of shape (8, 7), got None: is it computed and returned?"),
    ("abc", W, "expected an array of shape (8, 7), got a str"),
    (b"abc", W, "got a bytes"),
    ({}, W, "got a dict"),
    ((1, "a"), W, "got a tuple of 2 of dtype <U21: every element must be a number"),
    ([[1.0], [2.0, 3.0]], W, "got a list of 2 that is no regular array of numbers"),
    (W.astype(object), W, "got an array of shape (8, 7) of dtype object: every element must be a number"),
    (W.astype(str), W, "every element must be a number"),
    (W + 0j, W, "got complex numbers"),
    (np.ma.masked_less(W, 0), W, "got a masked array"),
    (np.sum, W, "got a _ArrayFunctionDispatcher"),
    (int, W, "got a type"),
    (None, 3.0, "expected a number, got None"),
    # shapes
    (W.T, W, "expected shape (8, 7), got (7, 8): is it transposed?"),
    (SEQUENCE.swapaxes(0, 1), SEQUENCE, "expected shape (5, 3, 7), got (3, 5, 7): time comes first, then the batch"),
    (SEQUENCE.swapaxes(1, 2), SEQUENCE, "is the order of axes right?"),
    (np.ones((N, H)), B, "expected shape (7,), got (3, 7): is the sum over the batch missing?"),
    (np.ones((T, H)), B, "is the sum over the time steps missing?"),
    (np.ones((N, D, H)), W, "is the sum over the batch missing?"),
    (np.ones((T, N, H)), B, "is the sum over the time steps and the batch missing?"),
    (np.ones((4, H)), B, "is the sum over axis 0 missing?"),
    (np.ones(N), B, "one value for each sample: is it summed over the wrong axis?"),
    (B[None], B, "expected shape (7,), got (1, 7): axes of length 1 are too many or missing"),
    (B.sum(), B, "expected shape (7,), got (): is it summed over an axis that should stay?"),
    (SEQUENCE[-1], SEQUENCE, "all 5 time steps belong in it, not one"),
    (np.concatenate([SEQUENCE[:1], SEQUENCE]), SEQUENCE, "is the initial state among the steps?"),
    (np.concatenate([SEQUENCE, SEQUENCE[:1]]), SEQUENCE, "there is one time step too many"),
    (SEQUENCE[1:], SEQUENCE, "one time step is missing"),
    (W.ravel(), W, "the number of values is right, their arrangement is not"),
    (np.ones((2, 9)), W, "expected shape (8, 7), got (2, 9)"),
    # values
    (W + np.nan, W, "all values are nan, the first at index (0, 0)"),
    (part(W, (2, 3), lambda v: np.inf), W, "1 of 56 values are infinite, the first at index (2, 3)"),
    (0 * W, W, "all zeros: is it computed, or only allocated?"),
    (W, 0 * W, "must be zero everywhere here, and is not"),
    (-W, W, "the sign is flipped"),
    (2 * W, W, "every value is 2 times what it should be: is something added twice?"),
    (W / 2, W, "every value is 1/2 times what it should be"),
    (-W / 2, W, "the sign is flipped, and it is 1/2 times what it should be"),
    (W / N, W, "divided by the batch size, 3: a sum belongs here, not a mean"),
    (W * N, W, "multiplied by the batch size, 3"),
    (W / T, W, "divided by the number of time steps, 5: a sum belongs here, not a mean"),
    (W * T, W, "multiplied by the number of time steps, 5"),
    (-W / N, W, "the sign is flipped, and it is divided by the batch size, 3"),
    (W / (N * T), W, "divided by batch size times number of time steps, 15"),
    (W * 0.7311, W, "scaled: every value is 0.731 times what it should be"),
    (SQUARE.T, SQUARE, "is it transposed? Its transpose is right"),
    (np.rint(W * 3).astype(int), W * 3, "whole numbers, dtype int64"),
    (W.astype(np.float16), W, "differs by the rounding of float16"),
    (W.astype(np.float32) * np.float32(3) / np.float32(3), W, None),
    (W * (1 + 3e-3 * rng.uniform(-1, 1, W.shape)), W, "is something computed in float16, or a small term missing?"),
    (W + rng.standard_normal(W.shape), W, "wrong values (relative error"),
    # parts
    (part(W, 2, lambda v: v + 1), W, "right but for row 2"),
    (part(W, (slice(None), 6), lambda v: -v), W, "right but for column 6, the last (the sign is flipped)"),
    (part(B, 4, lambda v: v + 1), B, "right but for index 4"),
    (part(SEQUENCE, 0, lambda v: v + 1), SEQUENCE, "right but for step 0"),
    (part(SEQUENCE, T - 1, lambda v: 0 * v), SEQUENCE, "right but for step 4, the last (zeros there)"),
    (part(SEQUENCE, slice(1, None), lambda v: v + 1), SEQUENCE, "right up to step 0, wrong from step 1 on: what is"),
    (part(SEQUENCE, slice(4), lambda v: v + 1), SEQUENCE, "wrong up to step 3, right from step 4 on: what is"),
    (part(SEQUENCE, [1, 3], lambda v: v + 1), SEQUENCE, "right but for steps 1, 3"),
    (part(SEQUENCE, [0, 1, 3, 4], lambda v: v + 1), SEQUENCE, "right only at step 2"),
    (part(SEQUENCE, (slice(None), 1), lambda v: 2 * v), SEQUENCE, "right but for sample 1 (every value is 2 times"),
    (part(SEQUENCE, (..., 2), lambda v: v + 1), SEQUENCE, "right but for index 2 of axis 2"),
    # time
    (SEQUENCE[::-1], SEQUENCE, "the time steps are in reverse order"),
    (np.roll(SEQUENCE, 1, axis=0), SEQUENCE, "one step late: step t holds what belongs to step t - 1"),
    (np.roll(SEQUENCE, -1, axis=0), SEQUENCE, "one step early: step t holds what belongs to step t + 1"),
    (np.broadcast_to(SEQUENCE[-1], SEQUENCE.shape), SEQUENCE, "every step holds the values of the last step"),
]


@pytest.mark.parametrize(("got", "expected", "text"), WRONG, ids=[f"{i}" for i in range(len(WRONG))])
def test_names_the_fault(got, expected, text):
    message = explain("value", got, expected, **SIZES)
    if text is None:
        assert message is None
        return
    assert message is not None
    assert message.startswith("value: ")
    assert text in message
    assert "\n" not in message
    assert not message.endswith(".")


def test_the_example_of_the_style_guide():
    assert explain("dWx", np.ones((8, 7)), W.T) == "dWx: expected shape (7, 8), got (8, 7): is it transposed?"


@pytest.mark.parametrize("order", ["".join(order) for order in permutations("fico") if order != tuple("fico")])
def test_every_order_of_the_gates(order):
    message = explain("dWx", gate_order(order), GATES, gates="fico")
    assert message == f"dWx: the gates lie in the order {', '.join(order)}; expected f, i, c, o"


@pytest.mark.parametrize(
    ("got", "text"),
    [
        (GATES.reshape(D, 4, 3).swapaxes(1, 2).reshape(D, 12), "the gates are interleaved element by element"),
        (gate_order("ffco"), "the gates lie in the order f, f, c, o; expected f, i, c, o"),
        (part(GATES, (slice(None), slice(3, 6)), lambda v: -v), "right but for gate i (the sign is flipped)"),
        (part(GATES, (slice(None), slice(6, 12)), lambda v: 0 * v), "right but for gates c, o (zeros there)"),
        (part(GATES, (slice(None), slice(0, 3)), lambda v: v + 1), "right but for gate f"),
        (GATES[:, :3], "expected shape (8, 12), got (8, 3): one block, where those of all 4 gates lie side by side"),
    ],
)
def test_gates(got, text):
    assert text in explain("dWx", got, GATES, gates="fico")


def test_gates_of_a_vector_of_zeros_and_of_another_length():
    assert explain("db", np.ones(12), np.zeros(12), gates="fico") == "db: must be zero everywhere here, and is not"
    assert explain("db", B + 1, B, gates="fico").startswith("db: ")
    assert explain("db", 2.0, 1.0, gates="fico").startswith("db: ")


class TestAlternatives:
    def test_named_by_value(self):
        message = explain("dx", 3 * W, W, alternatives={"something else": W + 1, "it is tripled": 3 * W})
        assert message == "dx: it is tripled"

    def test_named_behind_a_wrong_shape(self):
        message = explain("db", SEQUENCE[0], B, alternatives={"only the first": SEQUENCE[0]})
        assert message == "db: expected shape (7,), got (3, 7): only the first"

    def test_a_function_is_only_called_if_the_values_differ(self):
        calls = []
        alternatives = {"lazy": lambda: calls.append(1) or W + 1}
        assert explain("dx", W, W, alternatives=alternatives) is None
        assert not calls
        assert explain("dx", W + 1, W, alternatives=alternatives) == "dx: lazy"

    @pytest.mark.parametrize("alternative", [None, lambda: None, lambda: 1 / 0, W * np.nan, "text", lambda: object()])
    def test_passed_over(self, alternative):
        assert explain("dx", -W, W, alternatives={"never": alternative}) == "dx: the sign is flipped"


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (W, W),
        (W.tolist(), W),
        ([list(row) for row in W], W),
        (torch.from_numpy(W), W),
        (np.asfortranarray(W), W),
        (np.ma.masked_array(W), W),
        (W.astype(np.longdouble), W),
        (3, 3.0),
        (np.float32(3), 3),
        (True, 1),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (np.array([np.inf, np.nan]), np.array([np.inf, np.nan])),
        (np.array([1, 2]), np.array([1.0, 2.0])),
    ],
)
def test_agreement(got, expected):
    assert explain("value", got, expected) is None


def test_tolerances_are_those_of_allclose():
    assert explain("x", W * (1 + 1e-4), W, rtol=1e-3) is None
    assert explain("x", W + 1e-4, W, rtol=0, atol=1e-3) is None
    assert explain("x", np.array([1e6, 1e-3]), np.array([1e6, 2e-3])) is not None


def test_float32_is_told_where_the_tolerance_is_tight():
    message = explain("x", W.astype(np.float32), W, rtol=1e-12, atol=0)
    assert "differs by the rounding of float32" in message
    noisy = W * (1 + 1e-7 * rng.uniform(-1, 1, W.shape))
    assert "about the rounding of float32" in explain("x", noisy, W, rtol=1e-12, atol=0)


class Lies:
    """An object with special methods that do what no honest object does."""

    def __init__(self, answer):
        self.answer = answer

    def _lie(self, *args, **kwargs):
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    __array__ = __len__ = __eq__ = __iter__ = __getitem__ = __float__ = _lie
    __hash__ = None


class LyingArray(np.ndarray):
    def __eq__(self, other):
        return True

    __hash__ = None
    shape = property(lambda self: (D, H))
    dtype = property(lambda self: 1 / 0)

    def __array_ufunc__(self, *args, **kwargs):
        return True

    def __array_function__(self, *args, **kwargs):
        return True


class LyingClass:
    @property
    def __class__(self):
        raise RuntimeError("no class")


class NamelessMeta(type):
    @property
    def __name__(cls):
        raise RuntimeError("no name")

    def __getattr__(cls, name):
        raise RuntimeError("no attributes")


class Nameless(metaclass=NamelessMeta):
    pass


DEEP = []
DEEP.append(DEEP)


# Made within the test, since pytest itself looks into the parameters.
LIARS = {
    "array of None": lambda: Lies(None),
    "array of text": lambda: Lies("text"),
    "array of a number": lambda: Lies(3),
    "array of objects": lambda: Lies(W.astype(object)),
    "RuntimeError": lambda: Lies(RuntimeError("no")),
    "SystemExit": lambda: Lies(SystemExit(1)),
    "RecursionError": lambda: Lies(RecursionError()),
    "MemoryError": lambda: Lies(MemoryError()),
    "StopIteration": lambda: Lies(StopIteration()),
    "list of a liar": lambda: [Lies(RuntimeError("no"))],
    "subclass that lies about its shape": lambda: np.zeros((2, 2)).view(LyingArray),
    "subclass that lies about its values": lambda: np.zeros((D, H)).view(LyingArray),
    "no class": LyingClass,
    "no name": Nameless,
    "class without attributes": lambda: Nameless,
    "list that holds itself": lambda: DEEP,
    "huge integer": lambda: 10**400,
    "list of a huge integer": lambda: [10**400],
    "long text": lambda: "9" * 1000,
    "record array": lambda: np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
    "dates": lambda: np.array(["2020-01-01"], dtype="datetime64[D]"),
    "iterator": lambda: iter([1]),
    "tensor that requires a gradient": lambda: torch.ones(2, requires_grad=True),
    "nan": lambda: float("nan"),
    "long name": lambda: type("A" * 1000, (), {})(),
}


@pytest.mark.parametrize("make", LIARS.values(), ids=LIARS)
def test_never_raises_and_is_not_fooled(make):
    message = explain("value", make(), W)
    assert message.startswith("value: ")
    assert len(message) < 200


anything = st.one_of(
    st.none(),
    st.text(),
    st.floats(),
    st.integers(),
    st.lists(st.floats() | st.integers() | st.lists(st.floats(), max_size=3), max_size=4),
    array_shapes(max_dims=3, max_side=5).flatmap(lambda shape: arrays(np.float64, shape)),
    arrays(np.float16, (5, 3)),
)


@given(anything, st.sampled_from([np.ones(()), B, W, SEQUENCE, GATES, np.zeros((5, 3))]))
@settings(max_examples=150, deadline=None)
def test_any_value_gives_a_message_or_none(got, expected):
    message = explain("value", got, expected, batch=N, steps=T, gates="fico")
    assert message is None or message.startswith("value: ")


@given(
    arrays(np.float64, array_shapes(min_dims=1, max_dims=3, max_side=5), elements=st.floats(0.01, 99)),
    st.integers(0, 2**32 - 1),
    st.sampled_from(["noise", "one", "scaled", "ones", "rounded"]),
)
@settings(max_examples=150, deadline=None)
def test_no_number_of_the_expected_array_is_told(expected, seed, kind):
    noise = np.random.default_rng(seed).standard_normal(expected.shape)
    got = {
        "noise": expected + noise,
        "one": np.where(np.arange(expected.size).reshape(expected.shape) == 0, noise, expected),
        "scaled": expected * noise.flat[0],
        "ones": np.ones_like(expected),
        "rounded": expected.astype(np.float16),
    }[kind]
    message = explain("value", got, expected, batch=3, steps=5) or ""
    # A ratio of different numbers tells none of them; that to a single number, or to equal ones, would.
    if kind != "scaled" or np.ptp(expected) == 0:
        assert not re.search(r"\d\.\d{3}|\d{3}", message.replace("float16", "").replace("float32", ""))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "None"),
        (np.ones((3, 4)), "an array of shape (3, 4)"),
        ((1, 2), "a tuple of 2"),
        ([], "a list of 0"),
        ({}, "a dict"),
        (1, "an int"),
        (Nameless(), "a Nameless"),
    ],
)
def test_describe(value, words):
    assert describe(value) == words

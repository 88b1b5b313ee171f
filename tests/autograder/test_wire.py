"""The wire format under random values and random bytes; what a hostile kernel can say."""

from __future__ import annotations

import json
import tracemalloc
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.errors import StudentError
from autograder.kernel import wire
from autograder.kernel.responder import Responder
from autograder.kernel.wire import Handle, Tensor, WireError
from autograder.student import Student

QUICK = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])

arrays = hnp.arrays(
    st.sampled_from(sorted(wire.DTYPES)), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
)
odd_arrays = st.one_of(
    hnp.arrays(
        st.one_of(hnp.scalar_dtypes(), hnp.array_dtypes(max_size=3)),
        hnp.array_shapes(min_dims=0, min_side=0, max_side=3),
    ),
    st.sampled_from([np.array(["a"], dtype=object), np.array(["a"]), np.ma.array([1.0], mask=[True])]),
)
plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(2**300), max_value=2**300),
    st.floats(),
    st.text(),
    st.text(alphabet="\ud800\udbff\0A\x1b"),  # half characters; two that fit would come back as one
    arrays,
    st.builds(Handle, st.integers(min_value=0, max_value=2**63 - 1), st.text(max_size=100)),
    st.builds(Tensor, arrays),
)
values = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=5), inner, max_size=4),
    ),
    max_leaves=20,
)
odd_values = st.recursive(
    st.one_of(plain, odd_arrays, st.complex_numbers(), st.binary(), st.builds(object), st.just(np.float32(1.5))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.integers(), inner, max_size=2), st.frozensets(st.integers())
    ),
    max_leaves=10,
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)),
    max_leaves=15,
)


@st.composite
def nearly_messages(draw: st.DrawFn) -> list[bytes]:
    """Messages that look like ours with something wrong in them."""
    kinds = st.sampled_from(["int", "float", "list", "tuple", "dict", "handle", "array", "tensor", "__class__", ""])
    field_values = st.one_of(
        json_values,
        st.lists(st.integers(min_value=-2, max_value=2**41), max_size=4),
        st.sampled_from([*sorted(wire.DTYPES), "O", "<c16", "C", "F", "strided", "nan", "0x1f", 0, 1, -1, 2**70]),
    )
    names = st.sampled_from(["k", "v", "dtype", "shape", "order", "b", "id", "type"])
    node = st.recursive(
        st.builds(lambda kind, rest: {**rest, "k": kind}, kinds, st.dictionaries(names, field_values, max_size=6)),
        lambda inner: st.builds(
            lambda kind, items: {"k": kind, "v": items}, kinds, st.lists(st.one_of(inner, st.tuples(st.text(), inner)))
        ),
        max_leaves=6,
    )
    header = draw(st.one_of(node, json_values))
    return [json.dumps(header).encode(), *draw(st.lists(st.binary(max_size=64), max_size=3))]


def same(one: Any, other: Any) -> bool:
    """Whether two values are of the same kind and equal, bit for bit."""
    if isinstance(one, Tensor):
        return isinstance(other, Tensor) and same(one.array, other.array)
    if isinstance(one, np.ndarray):
        return (
            isinstance(other, np.ndarray)
            and (one.dtype, one.shape) == (other.dtype, other.shape)
            and one.tobytes() == other.tobytes()
        )
    if isinstance(one, float) and isinstance(other, float):
        return np.float64(one).tobytes() == np.float64(other).tobytes() or (one != one and other != other)
    if isinstance(one, list | tuple) and type(one) is type(other):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, Handle):
        return isinstance(other, Handle) and (one.id, one.type[:80]) == (other.id, other.type)
    return type(one) is type(other) and bool(one == other)


@QUICK
@given(values)
def test_a_value_comes_back_as_it_was_or_is_refused(value: Any) -> None:
    try:
        frames = wire.dumps(value)
    except WireError:
        return
    assert same(wire.loads(frames), value)


@QUICK
@given(odd_values)
def test_a_value_of_any_other_kind_is_kept_or_refused(value: Any) -> None:
    kept: list[Any] = []

    def keep(thing: Any) -> Handle:
        kept.append(thing)
        return Handle(len(kept))

    try:
        wire.loads(wire.dumps(value, keep))
    except WireError:
        return  # something beside it is over a limit
    with suppress(WireError):
        wire.dumps(value)


@QUICK
@given(st.one_of(nearly_messages(), st.lists(st.binary(max_size=200), max_size=4)))
def test_any_bytes_are_a_value_or_a_wire_error(frames: list[bytes]) -> None:
    try:
        value = wire.loads(frames)
    except WireError:
        return
    try:
        again = wire.loads(wire.dumps(value))
    except WireError:  # such as arrays whose layout has become another
        return
    assert same(again, value)


@QUICK
@given(nearly_messages())
def test_a_reply_takes_little_more_memory_than_its_bytes(frames: list[bytes]) -> None:
    tracemalloc.start()
    try:
        with suppress(WireError):
            wire.loads(frames)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 100_000 + 100 * sum(map(len, frames))


def bomb(name: str) -> list[bytes]:
    """Small or large messages that ask for much more memory or time than they have bytes."""
    array = {"k": "array", "dtype": "|u1", "shape": [2**20], "order": "C", "b": 0}
    wide = {"k": "array", "dtype": "<f8", "shape": [2**20, 0], "order": "strided", "b": 0}
    match name:
        case "one buffer for many arrays":
            return [json.dumps({"k": "list", "v": [array] * 5000}).encode(), bytes(2**20)]
        case "numbers in a list":
            return [b"[" + b"1.1," * 8_000_000 + b"1]"]
        case "empty texts":
            return [b'{"k":"list","v":[' + b'"",' * 8_000_000 + b'""]}']
        case "an empty array of many rows":
            return [json.dumps(wide).encode(), b""]
        case "a long integer":
            return [b"9" * 5_000_000]
        case "a deep nest":
            return [b"[" * 10_000_000]
        case "utf-32":
            return [("[" + "1," * 2_000_000 + "1]").encode("utf-32")]
    raise ValueError(name)


@pytest.mark.parametrize(
    "name",
    [
        "one buffer for many arrays",
        "numbers in a list",
        "empty texts",
        "an empty array of many rows",
        "a long integer",
        "a deep nest",
        "utf-32",
    ],
)
def test_a_bomb_is_refused_before_it_goes_off(name: str) -> None:
    frames = bomb(name)
    tracemalloc.start()
    try:
        with suppress(WireError):
            wire.loads(frames)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * 2**20 + 3 * sum(map(len, frames))


def test_a_message_as_a_whole_has_a_limit() -> None:
    with pytest.raises(WireError, match="MiB"):
        wire.loads([b"null", *[bytes(2**20)] * (wire.MAX_BYTES // 2**20 + 1)])
    with pytest.raises(WireError, match="MiB"):
        wire.dumps([np.zeros(2**20), np.zeros(8 * 2**20)])


@QUICK
@given(st.one_of(nearly_messages(), st.lists(st.binary(max_size=100), max_size=3)))
def test_the_responder_never_raises(frames: list[bytes]) -> None:
    answered({"f": lambda *args: args}, frames)


def answered(namespace: dict[str, Any], frames: list[bytes]) -> Any:
    """The reply to a request; a failed test if there is none, whatever was raised."""
    try:
        return wire.loads(Responder(namespace).answer(frames))
    except BaseException as error:
        kind = type.__dict__["__name__"].__get__(type(error))
    pytest.fail(f"the responder raised {kind}")


def call(function: Any) -> Any:
    """The reply to a call of a function."""
    return answered({"f": function}, wire.dumps({"do": "call", "name": "f", "args": [], "kwargs": {}}))


class Meta(type):
    __name__ = property(lambda cls: 5)  # type: ignore[assignment]


class Odd(Exception, metaclass=Meta):
    __traceback__ = property(lambda self: 5)  # type: ignore[assignment]

    def __str__(self) -> str:
        raise SystemExit


class Refuses:
    def __getattribute__(self, name: str) -> Any:
        raise SystemExit(name)


class OddError(WireError):
    def __str__(self) -> str:
        raise KeyboardInterrupt


class NoText(Exception):
    def __str__(self) -> str:
        return 5  # type: ignore[return-value]


@pytest.mark.parametrize("kind", [Odd, OddError, NoText, SystemExit, GeneratorExit, KeyboardInterrupt, RecursionError])
def test_the_responder_answers_whatever_a_function_raises(kind: type[BaseException]) -> None:
    def fails(*args: Any) -> None:
        raise kind

    assert call(fails)["status"] == "raised"


class ClassRaises:
    __class__ = property(lambda self: 1 / 0)  # type: ignore[assignment]


@pytest.mark.parametrize("kind", [Refuses, ClassRaises, Meta("M", (), {})])
def test_the_responder_answers_whatever_a_function_returns(kind: type) -> None:
    assert call(kind)["status"] in ("ok", "raised")


FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["ok", "raised", "missing", "unsendable", "passed", "", None, 5, [1]]),
        "value": odd_values,
        "type": st.one_of(st.sampled_from(["ValueError", "NotImplementedError", "E"]), plain),
        "text": plain,
        "source": plain,
    },
)


@QUICK
@given(st.one_of(FIELDS, values))
def test_no_reply_makes_anything_but_a_value_or_a_student_error(reply: Any) -> None:
    handles: list[Any] = []

    def keep(thing: Any) -> Handle:
        handles.append(thing)
        return Handle(len(handles), "object")

    try:
        frames = wire.dumps(reply, keep)
    except WireError:
        return
    said = ""
    try:
        Student(lambda request: frames, "x = 1").call("f", returns=("a", "b"))
    except StudentError as error:
        said = str(error)
    assert len(said) < 2000


SECRET = "0.123456"


@pytest.mark.parametrize(
    "text",
    [
        f"f() missing 1 required positional argument: {SECRET}",
        f"f() missing 1 required positional argument: '{SECRET}'",
        f"shapes (2,3) and (4,5) not aligned: {SECRET}",
        f"matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature {SECRET}",
        f"maximum recursion depth exceeded {SECRET}",
        "operands could not be broadcast together with shapes (0,123,456,789,12,345,678,901,234) (5,) ",
        "index 123456 is out of bounds for axis 0 with size 3",
        f"name '{SECRET}' is not defined",
        f"cannot reshape array of size 123 into shape ({', '.join(['123'] * 20)})",
    ],
)
def test_a_message_that_looks_like_numpys_carries_nothing_out(text: str) -> None:
    def fails() -> None:
        raise ValueError(text)

    with pytest.raises(StudentError) as caught:
        Student.in_process({"f": fails}, "def f(): fails").call("f")
    assert str(caught.value) == "f raised ValueError"


def _raised_by(act: Any) -> str:
    try:
        act()
    except Exception as error:
        return str(error)
    raise AssertionError("it was meant to raise")


@pytest.mark.parametrize(
    "act",
    [
        lambda: np.ones((2, 3)) @ np.ones((4, 5)),
        lambda: np.dot(np.ones((2, 3)), np.ones((4, 5))),
        lambda: np.ones((2, 3)) + np.ones((4, 5)),
        lambda: np.ones(5).reshape(2, 3),
        lambda: (lambda x, prev_h: x)(1),  # type: ignore[call-arg,misc]
        lambda: (lambda x, prev_h, Wx: x)(1),  # type: ignore[call-arg,misc]
        lambda: [][1],
        lambda: np.ones(3)[7],
    ],
)
def test_numpys_own_messages_are_repeated(act: Any) -> None:
    text = _raised_by(act)
    with pytest.raises(StudentError) as caught:
        Student.in_process({"f": act}, "def f(): act(x, prev_h, Wx); lambda _raised_by <lambda>").call("f")
    if "<lambda>" not in text and "<locals>" not in text:
        assert text.strip() in str(caught.value)

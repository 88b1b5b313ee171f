"""Calls into the student's code: what comes back, and what a student is told when it does not."""

from __future__ import annotations

import linecache
from typing import Any

import numpy as np
import pytest

from autograder.errors import BadReply, CodeRaised, GraderError, StudentError
from autograder.kernel import wire
from autograder.kernel.wire import Handle
from autograder.student import Student

SOURCE = """
import numpy as np
def double(x):
    return 2 * x, {"x": x}
def read(cache):
    return cache["x"]
def forgotten(x):
    hidden = x + 1
def breaks(x, Wx):
    return x @ Wx
def misspelt(x):
    return x + undefined_name
def shouts(x):
    raise ValueError("the input was " + repr(x.tolist()))
def stub(x):
    raise NotImplementedError()
def writes(x):
    x[:] = 0
    return x
def reads_flags(x):
    return [x.flags.c_contiguous, x.flags.f_contiguous, x.flags.writeable]
"""


@pytest.fixture
def student() -> Student:
    namespace: dict[str, Any] = {}
    name = "<ipython-input-1>"
    linecache.cache[name] = (len(SOURCE), None, SOURCE.splitlines(keepends=True), name)
    exec(compile(SOURCE, name, "exec"), namespace)
    return Student.in_process(namespace, SOURCE)


def test_values_come_back_and_caches_stay(student: Student) -> None:
    x = np.arange(6.0).reshape(2, 3)
    doubled, cache = student.call("double", x, returns=("out", "cache"))
    np.testing.assert_array_equal(doubled, 2 * x)
    assert isinstance(cache, Handle)
    np.testing.assert_array_equal(student.call("read", cache), x)


def test_the_student_gets_a_copy(student: Student) -> None:
    x = np.ones(3)
    np.testing.assert_array_equal(student.call("writes", x), np.zeros(3))
    np.testing.assert_array_equal(x, np.ones(3))


@pytest.mark.parametrize(
    ("x", "flags"),
    [
        (np.ones((3, 4)), [True, False, True]),
        (np.ones((3, 4)).T, [False, True, True]),
        (np.ones((3, 8))[:, ::2], [False, False, True]),
    ],
)
def test_the_memory_layout_travels(student: Student, x: np.ndarray, flags: list[bool]) -> None:
    assert student.call("reads_flags", x, returns=("c", "f", "w")) == flags


MESSAGES = [
    ("missing", (1,), BadReply, "missing is missing: define a function of that name"),
    ("forgotten", (1,), BadReply, "forgotten: expected 1 values (out), got None: is a `return` missing"),
    ("double", (1,), BadReply, "double: expected 1 values (out), got 2"),
    ("stub", (1,), CodeRaised, "stub is not implemented yet"),
    ("double", (), CodeRaised, "double raised TypeError: double() missing 1 required positional argument: 'x'"),
    ("breaks", (np.ones((2, 3)), np.ones((2, 3))), CodeRaised, "mismatch in its core dimension"),
    ("misspelt", (1,), CodeRaised, "name 'undefined_name' is not defined, in the line `return x + undefined_name`"),
]


@pytest.mark.parametrize(("name", "args", "error", "message"), MESSAGES)
def test_what_went_wrong_is_said(
    student: Student, name: str, args: tuple[object, ...], error: type[StudentError], message: str
) -> None:
    with pytest.raises(error) as caught:
        student.call(name, *args, returns=("out",))
    assert message in str(caught.value)


def test_an_error_message_cannot_carry_the_input_out(student: Student) -> None:
    with pytest.raises(CodeRaised) as caught:
        student.call("shouts", np.array([3.25, 4.5]))
    assert "3.25" not in str(caught.value)
    assert "shouts raised ValueError" in str(caught.value)


LIES = [
    {"type": "E3254", "text": "", "source": ""},
    {"type": "ValueError", "text": "name 'x3254x' is not defined", "source": ""},
    {"type": "ValueError", "text": "", "source": "secret 3254"},
    {"type": "ValueError", "text": "shapes (3254,) and (3254,) not aligned: 3254", "source": ""},
    {"type": 3254, "text": [3254], "source": {"a": "3254"}},
]


@pytest.mark.parametrize("lie", LIES)
def test_a_forged_report_of_an_error_carries_nothing(lie: dict[str, Any]) -> None:
    student = Student(lambda frames: wire.dumps({"status": "raised", **lie}), SOURCE)
    with pytest.raises(CodeRaised) as caught:
        student.call("double", 1)
    assert "3254" not in str(caught.value)


FORGED = [
    [],
    [b""],
    [b"["],
    [b"[" * 100_000],
    wire.dumps(["ok", 15]),
    wire.dumps({"status": 15}),
    [b'{"k":"int","v":"0x' + b"f" * 10_000 + b'"}'],
    [b'{"k":"array","dtype":"<f8","shape":[99999999999],"order":"C","b":0}', b"12345678"],
    [b'{"k":"array","dtype":"|O","shape":[1],"order":"C","b":0}', b"12345678"],
]


@pytest.mark.parametrize("frames", FORGED)
def test_a_forged_reply_is_the_students_failure(frames: list[bytes]) -> None:
    with pytest.raises(BadReply):
        Student(lambda _: frames).call("double", 1)


def test_a_handle_from_nowhere_is_not_passed_on(student: Student) -> None:
    with pytest.raises(GraderError):
        student.call("read", Handle(1))


def test_handles_end_with_their_test(student: Student) -> None:
    _, cache = student.call("double", np.ones(2), returns=("out", "cache"))
    student.forget()
    with pytest.raises(GraderError):
        student.call("read", cache)


TORCH_SOURCE = """
import torch
class Net(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = torch.nn.Linear(width, 2)
    def forward(self, x):
        return self.fc(x)
def scores(model, x):
    return {"scores": model(x), "names": ["a", "b"]}
model_ft = Net(3)
secret = type("X" + str(3000 + 254), (), {})()
"""


@pytest.fixture(scope="module")
def torch_student() -> Student:
    namespace: dict[str, Any] = {}
    exec(compile(TORCH_SOURCE, "<ipython-input-2>", "exec"), namespace)
    return Student.in_process(namespace, TORCH_SOURCE)


def test_models_stay_and_their_results_travel(torch_student: Student) -> None:
    net = torch_student.call("Net", 3)
    x = np.ones((4, 3), np.float32)
    weight, bias = (torch_student.attribute(net, f"fc.{name}").array for name in ("weight", "bias"))
    out = torch_student.method(net, "__call__", wire.Tensor(x))
    assert isinstance(out, wire.Tensor)
    np.testing.assert_allclose(out.array, x @ weight.T + bias, rtol=1e-5)
    both = torch_student.value(torch_student.call("scores", net, wire.Tensor(x)))
    assert both["names"] == ["a", "b"]
    np.testing.assert_array_equal(both["scores"].array, out.array)


def test_a_trained_model_is_found_by_its_name(torch_student: Student) -> None:
    assert torch_student.attribute(torch_student.variable("model_ft"), "fc.weight").array.shape == (2, 3)
    with pytest.raises(BadReply, match="model_conv is missing"):
        torch_student.variable("model_conv")


def test_the_name_of_a_class_carries_nothing_out(torch_student: Student) -> None:
    with pytest.raises(StudentError) as caught:
        torch_student.method(torch_student.variable("secret"), "anything")
    assert "3254" not in str(caught.value)

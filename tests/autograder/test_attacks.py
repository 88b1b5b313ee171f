"""Every attack of the bank, on the real road: none gains a point, a secret or a foothold, none stops the grading."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from attack_bank import Attack, Range, attacks
from attack_target import Ours, lay_out

from autograder import sandbox
from autograder.kernel import wire
from autograder.student import Student
from autograder.testing import load_groups, run_test

EVERY = 5
"""After how many attacks, at the most, the next one in line is graded."""


@pytest.fixture(scope="module")
def ranges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Range]]:
    """The range in use; a new one after lasting harm. At the end, the next one in line is graded a last time."""
    missing = ", ".join(layer.name for layer in sandbox.inspect().missing)
    if missing:
        pytest.skip(f"student code cannot be confined on this machine: {missing} is missing")
    with ExitStack() as stack:
        current: list[Range] = []

        def get() -> Range:
            if not current or current[-1].spoiled:
                folder = tmp_path_factory.mktemp("range")
                current.append(stack.enter_context(Range(Ours(lay_out(folder / "course")), folder)))
            return current[-1]

        yield get
        if current and not current[-1].spoiled and current[-1].waiting:
            assert current[-1].try_next() == []


@pytest.mark.slow
@pytest.mark.sandbox
@pytest.mark.timeout(300)
@pytest.mark.parametrize("attack", attacks(), ids=str)
def test_an_attack_gains_nothing_and_harms_nobody(attack: Attack, ranges: Callable[[], Range]) -> None:
    here = ranges()
    found = here.try_attack(attack)
    if here.waiting >= EVERY and not found:
        found = here.try_next()
    assert found == [], attack.about


SHAPES = {
    "rnn_step_forward": [(2, 4)],
    "rnn_forward": [(5, 2, 4)],
    "rnn_step_backward": [(2, 3), (2, 4), (3, 4), (4, 4), (4,)],
    "rnn_backward": [(5, 2, 3), (2, 4), (3, 4), (4, 4), (4,)],
}
NUMBERS = [0.0, 1.0, -1.5, float("nan"), float("inf"), -float("inf"), 1e300, -1e-300, 255, 2**63 - 1]


class Liar:
    """A kernel that answers each call with arrays of any type, shape and numbers, and now and then with something else.

    It is asked what the student's functions return, so some of its answers are of the expected shape.
    """

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def __call__(self, frames: list[bytes]) -> list[bytes]:
        request = wire.loads(frames)
        if request["do"] != "call":
            return wire.dumps({"status": "ok", "value": None})
        wanted = SHAPES[request["name"]]
        if request["name"].endswith("forward"):
            x, Wh = request["args"][0], request["args"][3]
            wanted = [(*x.shape[:-1], Wh.shape[0])]
        values = [self.array(shape) for shape in wanted]
        if len(values) == 1:
            values.append(wire.Handle(1, "tuple"))
        if self.rng.random() < 0.1:
            values[int(self.rng.integers(len(values)))] = self.something()
        return wire.dumps({"status": "ok", "value": tuple(values)})

    def array(self, shape: tuple[int, ...]) -> np.ndarray:
        dtype = str(self.rng.choice(sorted(wire.DTYPES)))
        if self.rng.random() < 0.1:
            shape = tuple(int(n) for n in self.rng.integers(0, 5, size=int(self.rng.integers(0, 5))))
        with np.errstate(all="ignore"):
            if self.rng.random() < 0.5:
                return self.rng.normal(size=shape).astype(dtype)
            return np.full(shape, self.rng.choice(NUMBERS)).astype(dtype)

    def something(self) -> Any:
        things = [None, True, 7, 2**200, 1.5, "text", [1.0, 2.0], {"a": 1}, wire.Handle(2), wire.Tensor(np.ones(3))]
        return things[int(self.rng.integers(len(things)))]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", range(40))
def test_no_answer_breaks_a_hidden_test(seed: int) -> None:
    # One that breaks is the grader's fault, and the submission would stay without a grade.
    student = Student(Liar(seed))
    for name in SHAPES:
        for test in load_groups("hw2")[name].tests:
            run_test(test, student, seed, 1.0)


def test_the_bank_has_enough_attacks_of_each_kind() -> None:
    bank = attacks()
    assert len(bank) >= 55
    assert {attack.kind for attack in bank} == {"cell", "notebook", "folder"}
    for _, group in itertools.groupby(bank, key=lambda attack: attack.theme):
        assert len(list(group)) >= 3

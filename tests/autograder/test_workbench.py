"""Code that runs too long, ends its kernel or floods it: what is lost, and what is not."""

from __future__ import annotations

import time

import numpy as np
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.assignment import Limits
from autograder.errors import CodeRaised, KernelDied, OutOfTime
from autograder.launching import make_launcher
from autograder.student import Student
from autograder.workbench import Workbench

pytestmark = pytest.mark.sandbox
LIMITS = Limits(
    cell_seconds=4,
    notebook_seconds=40,
    call_seconds=2,
    memory_mib=2048,
    disk_mib=64,
    output_kib=32,
    submission_mib=1,
)
LOOP_FOR_EVER = """
def spin():
    while True:
        try:
            while True:
                pass
        except KeyboardInterrupt:
            pass
"""


def bench(*sources: str, limits: Limits = LIMITS, extra: str = "") -> tuple[Workbench, list[NotebookNode]]:
    cells = [new_code_cell(source) for source in sources]
    return Workbench(cells, make_launcher("full", limits, "cpu"), limits, extra), cells


def text_of(cell: NotebookNode) -> str:
    return "".join(output.get("text", "") + output.get("ename", "") for output in cell.outputs)


def test_what_stands_around_a_bad_cell_counts() -> None:
    work, cells = bench(
        "import os\nprint('first')",
        "while True:\n    pass",
        "1 / 0",
        "def before(): return 1",
        "os._exit(3)",
        "def after(): return 2\nprint('last')",
    )
    with work:
        work.run()
        work.finish()
        student = Student(work.ask)
        assert (student.call("before"), student.call("after")) == (1, 2)
    texts = [text_of(cell) for cell in cells]
    assert texts[0] == "first\n"
    assert "OutOfTime" in texts[1]
    assert "ZeroDivisionError" in texts[2]
    assert "KernelDied" in texts[4]
    assert texts[5] == "last\n"
    assert len(work.notes) == 2


def test_a_call_that_ends_its_kernel_costs_only_itself() -> None:
    work, _ = bench(
        "import os\ndef die(): os._exit(0)\ndef live(): return 5\ndef slow():\n    while True: pass", LOOP_FOR_EVER
    )
    with work:
        work.run()
        work.finish()
        student = Student(work.ask)
        with pytest.raises(KernelDied, match="die: the kernel ended while it ran"):
            student.call("die")
        assert student.call("live") == 5
        with pytest.raises(OutOfTime, match="slow: it ran longer than 2 s"):
            student.call("slow")
        assert student.call("live") == 5
        with pytest.raises(OutOfTime):
            student.call("spin")
        assert student.call("live") == 5


def test_too_many_deaths_end_the_matter() -> None:
    work, _ = bench("import os\ndef die(): os._exit(0)")
    with work:
        work.run()
        work.finish()
        student = Student(work.ask)
        for _ in range(5):
            with pytest.raises(KernelDied, match="ended while it ran"):
                student.call("die")
        started = time.monotonic()
        with pytest.raises(KernelDied, match="not run"):
            student.call("die")
        assert time.monotonic() - started < 1


def test_a_flood_of_output_is_cut() -> None:
    work, cells = bench("for i in range(200_000):\n    print('x' * 50)", "print('still here')")
    with work:
        work.run()
    assert len(text_of(cells[0])) < 2 * LIMITS.output_kib * 1024
    assert "more output than is kept" in text_of(cells[0])
    assert text_of(cells[1]) == "still here\n"


def test_memory_is_limited_and_the_rest_goes_on() -> None:
    work, _ = bench("import numpy as np\ndef huge(): return np.ones(10**10).sum()\ndef fine(x): return x")
    with work:
        work.run()
        work.finish()
        student = Student(work.ask)
        with pytest.raises(CodeRaised, match="huge raised MemoryError"):
            student.call("huge")
        np.testing.assert_array_equal(student.call("fine", np.ones(3)), np.ones(3))


def test_hidden_inputs_do_not_come_out_through_print() -> None:
    work, cells = bench("seen = []\ndef leak(x):\n    print('leaked', x)\n    seen.append(x)\n    return 0")
    with work:
        work.run()
        work.finish()
        Student(work.ask).call("leak", 123.5)
        time.sleep(0.5)
    assert "leaked" not in str([cell.outputs for cell in cells])


def test_the_courses_code_takes_the_place_of_the_students() -> None:
    work, cells = bench(
        "def step(x): return -x\ndef walk(x): return step(step(x)) + 1", extra="def step(x): return 2 * x"
    )
    with work:
        work.run()
        work.finish()
        assert Student(work.ask).call("walk", 1) == 5
    assert "2 * x" not in str(cells)


def test_time_for_the_whole_notebook_is_limited() -> None:
    from dataclasses import replace

    limits = replace(LIMITS, notebook_seconds=3)
    work, _ = bench("import time", *["time.sleep(1.2)"] * 5, "def late(): return 1", limits=limits)
    with work:
        work.run()
        assert "used up its 3 s" in " ".join(work.notes)

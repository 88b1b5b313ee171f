"""Notebooks that build on others: whose functions are used while grading, and who pays for what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import notebooks
from autograder.assignment import Limits
from autograder.course import Course
from autograder.course_code import course_code
from autograder.errors import CheckFailed
from autograder.grading import Setup, grade_notebook
from autograder.launching import make_launcher
from autograder.record import Record, RecordedCell, siblings_in
from autograder.results import NotebookResult, Status
from autograder.sanitise import sanitise
from autograder.siblings import MAX_CHARACTERS, UNREADABLE, source_of, submitted_siblings, writing
from autograder.student import Student
from autograder.testing import Group, HiddenTest, load_groups, run_groups
from utils.siblings import load_sibling

LIMITS = Limits(
    cell_seconds=8, notebook_seconds=60, call_seconds=4, memory_mib=2048, disk_mib=64, output_kib=32, submission_mib=1
)
LOADING = "from utils.siblings import load_sibling\nlayers = load_sibling('3_rnn', 'rnn_step_forward')\n"
LOADING += "rnn_step_forward = layers.rnn_step_forward"
ABOVE = "def two_steps(x, h, Wx, Wh, b):\n    for _ in range(2):\n        h, _ = rnn_step_forward(x, h, Wx, Wh, b)\n"
ABOVE += "    return h"
TRAINED = "state = two_steps(*[0.1 * np.ones((1, 1))] * 4, np.zeros(1))"
GRADING = "print('a check')\n### BEGIN HIDDEN TESTS\nhidden_tests('two_steps')\n### END HIDDEN TESTS"


def recorded(grade_id: str, source: str, **meta: Any) -> RecordedCell:
    meta = {"grade_id": grade_id, "solution": False, "grade": False, "schema_version": 3, **meta}
    groups = ("two_steps",) if meta["grade"] else ()
    return RecordedCell(grade_id, grade_id, "code", source, meta, groups)


RECORD = Record(
    "hw2",
    "9_above",
    (
        recorded("own_layers", f"import numpy as np\n{LOADING}"),
        recorded("two_steps", "def two_steps(x, h, Wx, Wh, b):\n    raise NotImplementedError()", solution=True),
        recorded("training", TRAINED),
        recorded("test_two_steps", GRADING, grade=True, points=4),
    ),
)


def _same_as_the_right_one(student: Student, rng: np.random.Generator) -> None:
    x, h, Wx, Wh, b = (rng.normal(size=size) for size in ((2, 3), (2, 4), (3, 4), (4, 4), (4,)))
    got = student.call("two_steps", x, h, Wx, Wh, b)
    for _ in range(2):
        h = np.tanh(x @ Wx + h @ Wh + b)
    if not isinstance(got, np.ndarray) or not np.allclose(got, h):
        raise CheckFailed("the state is wrong")


def _trained(student: Student, rng: np.random.Generator) -> None:
    right = np.tanh(0.01 + 0.1 * np.tanh(0.02))
    if not np.allclose(np.asarray(student.variable("state")), right, rtol=1e-6):
        raise CheckFailed("the trained state is wrong")


GROUP = Group(
    "two_steps",
    (
        HiddenTest("two_steps", "values", 1.0, "", _same_as_the_right_one),
        HiddenTest("two_steps", "trained", 1.0, "", _trained),
    ),
    needs=("rnn_step_forward",),
)


# What is put beside a notebook


def submission(course: Course, cells: dict[str, str], extra: list[str] = []) -> None:  # noqa: B006
    from autograder.samples import fill_in

    folder = course.submitted("ada", "hw2")
    folder.mkdir(parents=True, exist_ok=True)
    notebook = fill_in(course, "hw2", "3_rnn", cells)
    for number, source in enumerate(extra):
        notebook.cells.insert(2, notebooks.nbformat.v4.new_code_cell(source, id=f"extra-{number}"))
    (folder / "3_rnn.ipynb").write_text(notebooks.dumps(notebook), encoding="utf-8")


def test_which_notebooks_a_notebook_builds_on() -> None:
    assert siblings_in(LOADING) == ("3_rnn",)
    assert siblings_in("a = load_sibling('x')\nb = load_sibling(\"y\", 'f')\nc = load_sibling('x', 'g')") == ("x", "y")
    assert siblings_in("# load_sibling('x')\nno_load_sibling_here('y')") == ()
    assert RECORD.siblings == ("3_rnn",)


def test_the_students_solutions_and_own_cells(course: Course, solutions: dict[str, dict[str, str]]) -> None:
    submission(course, solutions["3_rnn"], ["def helper():\n    return 1"])
    (text,) = submitted_siblings(course, RECORD, "ada", 2**20).values()
    cells = json.loads(text)["cells"]
    assert all(cell["cell_type"] == "code" for cell in cells)
    by_name = {cell["metadata"]["nbgrader"].get("grade_id"): cell["source"] for cell in cells}
    assert by_name["rnn_forward"] == solutions["3_rnn"]["rnn_forward"]
    assert "test_rnn_forward" not in by_name
    assert "def helper():\n    return 1" in source_of({"3_rnn": text})
    assert "check_rnn_forward(" not in source_of({"3_rnn": text})


@pytest.mark.parametrize(
    "content", [b"", b"{", b"PK\x03\x04", b" " * (2**20 + 1)], ids=["empty", "cut", "zip", "large"]
)
def test_what_cannot_be_read(course: Course, content: bytes) -> None:
    submission(course, {})
    (course.submitted("ada", "hw2") / "3_rnn.ipynb").write_bytes(content)
    assert submitted_siblings(course, RECORD, "ada", 2**20) == {"3_rnn": UNREADABLE}
    assert source_of({"3_rnn": UNREADABLE}) == ""


def test_too_much_code(course: Course) -> None:
    submission(course, {"rnn_forward": "#" * MAX_CHARACTERS})
    assert submitted_siblings(course, RECORD, "ada", 2 * MAX_CHARACTERS) == {"3_rnn": UNREADABLE}


def test_what_is_missing_or_a_link(course: Course, tmp_path: Path) -> None:
    assert submitted_siblings(course, RECORD, "ada", 2**20) == {}
    secret = tmp_path / "secret.ipynb"
    secret.write_text("{}")
    folder = course.submitted("ada", "hw2")
    folder.mkdir(parents=True)
    (folder / "3_rnn.ipynb").symlink_to(secret)
    assert submitted_siblings(course, RECORD, "ada", 2**20) == {}


def test_the_cell_that_writes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    odd = '\'"""\\n{0}\n# é 😀\n\'); raise SystemExit #'
    names: dict[str, Any] = {}
    (cell,) = writing({"3_rnn": odd, "4_lstm": ""})
    exec(cell.source, names)
    assert Path("3_rnn.ipynb").read_text(encoding="utf-8") == odd
    assert Path("4_lstm.ipynb").read_text(encoding="utf-8") == ""
    assert set(names) == {"__builtins__"}
    assert writing({}) == []


# Who pays


def opened_with(**functions: dict[str, Any]) -> tuple[Callable[..., Any], list[tuple[str, ...]]]:
    from contextlib import contextmanager

    asked: list[tuple[str, ...]] = []

    @contextmanager
    def opened(needed: tuple[str, ...]) -> Any:
        asked.append(needed)
        yield Student.in_process(functions["course" if needed else "own"])

    return opened, asked


def answer_is(number: int, name: str) -> HiddenTest:
    def run(student: Student, rng: np.random.Generator) -> None:
        if student.call(name) != number:
            raise CheckFailed(f"{name} is wrong")

    return HiddenTest(name, "answer", 1.0, "", run)


@pytest.mark.parametrize(
    ("own", "known", "runs", "points"),
    [
        ({"above": 2, "below": 1}, True, 1, 4),  # all right
        ({"above": 3, "below": 5}, True, 2, 4),  # wrong below: above is tried again
        ({"above": 3, "below": 1}, True, 1, 0),  # right below: above itself is wrong
        ({"above": 3, "below": 1}, False, 2, 4),  # nobody knows whether it is right below
    ],
)
def test_a_second_run_where_the_other_notebook_is_wrong(
    own: dict[str, int], known: bool, runs: int, points: int
) -> None:
    namespaces = {
        kind: {name: (lambda value=value: value) for name, value in values.items()}
        for kind, values in (("own", own), ("course", {"above": 2, "below": 1}))
    }
    opened, asked = opened_with(**namespaces)
    above = Group("above", (answer_is(2, "above"),), ("below", "other"))
    elsewhere = {name: Group(name, (answer_is(1, "below"),)) for name in ("below", "other")} if known else None
    results = run_groups({"above": (above, 4.0)}, opened, 0, elsewhere)
    assert set(results) == {"above"}
    assert len(asked) == runs
    assert sum(test.points for test in results["above"]) == points


def test_only_what_is_wrong_is_named() -> None:
    own = {"above": lambda: 3, "below": lambda: 5, "other": lambda: 1}
    opened, _ = opened_with(own=own, course={**own, "above": lambda: 2})
    above = Group("above", (answer_is(2, "above"),), ("below", "other"))
    known = {name: Group(name, (answer_is(1, name),)) for name in ("below", "other")}
    (result,) = run_groups({"above": (above, 4.0)}, opened, 0, known)["above"]
    assert result.message == "passed with the course's below in place of yours"


# The whole road


@pytest.fixture(scope="module")
def setup(repository: Course) -> Setup:
    groups = {**load_groups("hw2"), "two_steps": GROUP}
    code = course_code(repository, "hw2")
    return Setup(RECORD, groups, make_launcher("full", LIMITS, "cpu"), LIMITS, 498, code)


def graded(setup: Setup, siblings: dict[str, str], solution: str = ABOVE) -> tuple[NotebookResult, Any]:
    cells = [{"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "two_steps"}}, "source": solution}]
    clean = sanitise(json.dumps({"cells": cells, "nbformat": 4}).encode(), RECORD)
    result = grade_notebook(clean.notebook, setup, "ada", Status.GRADED, (), siblings)
    return result, clean.notebook


def beside(source: str, grade_id: str = "rnn_step_forward") -> dict[str, str]:
    meta = {"nbgrader": {"grade_id": grade_id, "solution": True}}
    given = {"cell_type": "code", "metadata": {}, "source": "import numpy as np"}
    return {"3_rnn": json.dumps({"cells": [given, {"cell_type": "code", "metadata": meta, "source": source}]})}


RIGHT = "def rnn_step_forward(x, prev_h, Wx, Wh, b):\n    h = np.tanh(x @ Wx + prev_h @ Wh + b)\n    return h, None"


@pytest.mark.sandbox
def test_the_students_own_layers_are_used(setup: Setup) -> None:
    result, notebook = graded(setup, beside(RIGHT + "\nprint('mine')"))
    (cell,) = result.cells
    assert cell.points == 4
    assert [test.message for test in cell.tests] == ["", ""]
    loading = next(cell for cell in notebook.cells if notebooks.grade_id_of(cell) == "own_layers")
    assert "found rnn_step_forward" in loading.outputs[0].text
    assert "mine" in "".join(output.get("text", "") for output in loading.outputs)
    assert len(notebook.cells) == len(RECORD.cells)


@pytest.mark.sandbox
@pytest.mark.parametrize(
    "siblings",
    [
        {},
        {"3_rnn": UNREADABLE},
        beside("x = 1"),
        beside(RIGHT.replace("tanh(", "sinh(")),
        beside("def rnn_step_forward(*args):\n    raise NotImplementedError()"),
        beside("raise SystemExit"),
    ],
    ids=["missing", "unreadable", "no such function", "wrong", "not written", "ends"],
)
def test_wrong_layers_cost_no_points_here(setup: Setup, siblings: dict[str, str]) -> None:
    """Also what was made of them while the cells ran is made anew with the course's."""
    result, notebook = graded(setup, siblings)
    (cell,) = result.cells
    assert cell.points == 4
    named = {test.message for test in cell.tests}
    assert named == {"passed with the course's rnn_step_forward in place of yours"}
    shown = json.dumps(notebook)
    assert "np.tanh(x @ Wx + prev_h @ Wh + b)" not in shown
    assert "_course" not in shown


@pytest.mark.sandbox
def test_what_is_wrong_above_is_not_rescued(setup: Setup) -> None:
    result, _ = graded(setup, {}, ABOVE.replace("range(2)", "range(3)"))
    assert [test.passed for test in result.cells[0].tests] == [False, False]


@pytest.mark.sandbox
def test_the_courses_layers_are_not_offered(setup: Setup) -> None:
    """In the first run, whose outputs are shown, there is nothing of the course's to be found."""
    search = "import pathlib\nfor path in pathlib.Path('.').glob('*.ipynb'):\n    print(path, path.read_text())\n"
    search += "print([name for name in globals() if 'course' in name])\n"
    _, notebook = graded(setup, beside("OWN = 1"), search + ABOVE)
    solution = next(cell for cell in notebook.cells if notebooks.grade_id_of(cell) == "two_steps")
    shown = "".join(output.get("text", "") for output in solution.outputs)
    assert "OWN = 1" in shown
    assert "tanh" not in shown
    assert "[]" in shown


def test_load_sibling_reads_what_is_written(
    course: Course, solutions: dict[str, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission(course, solutions["3_rnn"])
    texts = submitted_siblings(course, RECORD, "ada", 2**20)
    monkeypatch.chdir(tmp_path)
    for cell in writing(texts):
        exec(cell.source, {})
    module = load_sibling("3_rnn", "rnn_forward", "rnn_backward")
    h, cache = module.rnn_forward(*(np.ones(size) for size in ((2, 3, 4), (3, 5), (4, 5), (5, 5), (5,))))
    assert h.shape == (2, 3, 5)
    assert len(module.rnn_backward(h, cache)) == 5

"""Functions of another notebook: which cells are run, and what is said of functions that cannot be used."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from utils import siblings
from utils.siblings import SiblingError, load_sibling

Write = Callable[..., Path]
DOUBLE = "def double(x):\n    return 2 * x"


def cell(source: str, **nbgrader: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source.splitlines(keepends=True), "metadata": {"nbgrader": nbgrader}}


def solution(source: str, grade_id: str = "double") -> dict[str, Any]:
    return cell(source, solution=True, grade_id=grade_id)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a notebook into the current folder."""
    monkeypatch.chdir(tmp_path)
    siblings.troubles.clear()

    def put(*cells: dict[str, Any], name: str = "3_rnn") -> Path:
        path = tmp_path / f"{name}.ipynb"
        path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
        return path

    return put


def test_a_function_of_a_solution_cell(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write(solution(DOUBLE))
    module = load_sibling("3_rnn", "double")
    assert module.double(4) == 8
    assert module.double.__name__ == "double"
    assert capsys.readouterr().out == "3_rnn.ipynb: found double\n"
    assert siblings.troubles == {}


def test_it_is_the_file_as_it_was_saved_last(write: Write) -> None:
    write(solution(DOUBLE))
    assert load_sibling("3_rnn", "double").double(4) == 8
    write(solution("def double(x):\n    return x + x + 0.0"))
    assert str(load_sibling("3_rnn", "double").double(4)) == "8.0"


def test_imports_functions_and_classes_of_other_cells_and_nothing_else(write: Write) -> None:
    write(
        cell("import math\nfrom pathlib import Path\nPath('ran').touch()\nleft_out = 1", grade_id="setup"),
        cell("def helper(x):\n    return math.floor(x)\nclass Tool:\n    factor = 2"),
        solution("FACTOR = 2\ndef double(x):\n    return helper(x) * FACTOR * Tool.factor / 2"),
        cell("raise ValueError('this trains for an hour')"),
    )
    module = load_sibling("3_rnn", "double")
    assert module.double(2.5) == 4
    assert not Path("ran").exists()
    assert not hasattr(module, "left_out")


def test_cells_that_grade_are_not_looked_at(write: Write) -> None:
    write(solution(DOUBLE), cell("import this_does_not_exist\ndef double(x):\n    return 0", grade=True))
    assert load_sibling("3_rnn", "double").double(4) == 8


def test_an_import_that_fails_elsewhere_stops_nothing(write: Write) -> None:
    write(cell("import this_does_not_exist\nimport math"), solution("def double(x):\n    return math.floor(2 * x)"))
    assert load_sibling("3_rnn", "double").double(4) == 8


def test_lines_for_ipython_are_left_out(write: Write) -> None:
    write(
        cell("%matplotlib inline\nimport math\n!ls"),
        solution("%%time\nif True:\n    %timeit 1\ndef double(x):\n    return math.floor(2 * x)"),
    )
    assert load_sibling("3_rnn", "double").double(4) == 8


def test_text_that_is_not_python_in_a_cell_of_ones_own(write: Write) -> None:
    write(cell("what? is this"), solution(DOUBLE))
    assert load_sibling("3_rnn", "double").double(4) == 8


def test_a_class_of_a_solution_finds_its_module(write: Write) -> None:
    source = "from __future__ import annotations\nfrom dataclasses import dataclass\n"
    source += "@dataclass\nclass Kept:\n    x: float\n"
    write(solution(source + "def double(x):\n    return 2 * Kept(x).x"))
    assert load_sibling("3_rnn", "double").double(4) == 8


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([], ""),
        ([solution("def triple(x):\n    return 3 * x")], ""),
        ([solution("double = 2")], ""),
        ([solution("def double(x)\n    return 2 * x")], "Its cell double is not valid Python: expected ':', line 1."),
        ([solution("1 / 0\n" + DOUBLE)], "Its cell double raised ZeroDivisionError when it was run."),
        ([solution("raise SystemExit")], "Its cell double raised SystemExit when it was run."),
    ],
)
def test_a_function_that_is_not_there_is_named(
    write: Write, capsys: pytest.CaptureFixture[str], cells: list[dict[str, Any]], told: str
) -> None:
    write(*cells)
    module = load_sibling("3_rnn", "double")
    printed = capsys.readouterr().out
    assert printed.startswith("3_rnn.ipynb: double is missing.")
    assert told in printed
    with pytest.raises(SiblingError) as raised:
        module.double(4)
    assert str(raised.value).startswith("double of 3_rnn.ipynb is missing.")
    assert told in str(raised.value)
    assert siblings.troubles == {"double": siblings.MISSING}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 3}', '{"cells": [{}]}', "\x00"])
def test_a_file_that_is_no_notebook(write: Write, capsys: pytest.CaptureFixture[str], content: str) -> None:
    write().write_text(content)
    load_sibling("3_rnn", "double")
    assert "cannot be read as a notebook: save it again" in capsys.readouterr().out


def test_a_file_that_is_not_there(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = load_sibling("3_rnn", "double", "triple")
    assert capsys.readouterr().out == (
        f"3_rnn.ipynb: double, triple are missing. There is no such file in {tmp_path}: put the notebook there, under"
        " this name.\n"
    )
    for function in (module.double, module.triple):
        with pytest.raises(SiblingError, match="There is no such file"):
            function(4)


def test_what_is_there_can_be_used_though_something_is_missing(write: Write) -> None:
    write(solution(DOUBLE), solution("1 / 0", "triple"))
    module = load_sibling("3_rnn", "double", "triple")
    assert module.double(4) == 8
    assert siblings.troubles == {"triple": siblings.MISSING}


def test_a_function_that_is_not_written_yet(write: Write) -> None:
    write(solution("def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"))
    module = load_sibling("3_rnn", "double")
    assert siblings.troubles == {}
    with pytest.raises(SiblingError, match=r"double of 3_rnn.ipynb is not implemented yet: write it there"):
        module.double(4)
    assert siblings.troubles == {"double": siblings.NOT_WRITTEN}
    write(solution(DOUBLE))
    assert load_sibling("3_rnn", "double").double(4) == 8
    assert siblings.troubles == {}


def test_an_error_says_where_it_comes_from(write: Write) -> None:
    write(solution("def double(x):\n    return x.no_such_thing"))
    with pytest.raises(AttributeError) as raised:
        load_sibling("3_rnn", "double").double(4)
    assert raised.value.__notes__ == ["This was raised in double of 3_rnn.ipynb."]
    shown = "".join(traceback.format_exception(raised.value))
    assert '"<3_rnn.ipynb: double>", line 2, in double' in shown
    assert "return x.no_such_thing" in shown
    assert siblings.troubles == {"double": siblings.RAISED}

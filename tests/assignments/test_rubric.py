"""The rubric for what is marked by hand: every such cell has one, and its lines add up to the cell's points."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from autograder import notebooks
from autograder.course import Course

ROOT = Path(__file__).resolve().parents[2]
RUBRIC = tomllib.loads((ROOT / "assignments/hw2/rubric.toml").read_text(encoding="utf-8"))


def cells_marked_by_hand() -> dict[str, float]:
    found = {}
    for policy in Course(ROOT).assignment("hw2").notebooks:
        for cell in notebooks.build_from_twin(ROOT / f"assignments/hw2/{policy.name}.py").cells:
            meta = notebooks.meta_of(cell)
            if meta.get("grade") and meta.get("solution"):
                found[str(meta["grade_id"])] = float(meta["points"])
    return found


CELLS = cells_marked_by_hand()


def test_every_cell_that_is_marked_by_hand_has_a_rubric_and_no_other() -> None:
    assert RUBRIC.keys() == CELLS.keys()


@pytest.mark.parametrize("name", CELLS)
def test_its_lines_add_up(name: str) -> None:
    lines = RUBRIC[name]["lines"]
    # What is given beyond the homework's points is named apart, and the cell itself is worth none.
    assert sum(line["points"] for line in lines) == pytest.approx(RUBRIC[name].get("extra_credit", CELLS[name]))
    assert RUBRIC[name]["points"] == CELLS[name]
    for line in lines:
        assert line["points"] > 0
        assert line["text"]
        assert line["accept"]

"""The sanitiser under anything that can be handed in, and outputs under anything that a kernel can send."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder import notebooks
from autograder.outputs import Outputs
from autograder.record import Record, RecordedCell
from autograder.results import Status
from autograder.sanitise import MAX_CELLS, Sanitised, sanitise, sanitise_file

QUICK = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _cell(grade_id: str, cell_type: str, source: str, **meta: Any) -> RecordedCell:
    full = {"grade": False, "grade_id": grade_id, "locked": True, "schema_version": 3, "solution": False, "task": False}
    return RecordedCell(grade_id, grade_id, cell_type, source, {**full, **meta})


RECORD = Record(
    "hw",
    "nb",
    (
        _cell("setup", "code", "import numpy as np"),
        _cell("f", "code", "def f():\n    raise NotImplementedError()", solution=True, locked=False),
        _cell("test_f", "code", "check(f)", grade=True, points=2),
        _cell("derive", "markdown", "YOUR ANSWER", grade=True, solution=True, locked=False, points=3),
        _cell("said", "markdown", "The end"),
    ),
)
NAMES = [cell.grade_id for cell in RECORD.cells]
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()

text = st.one_of(
    st.text(max_size=20),
    st.text(alphabet=st.characters(categories=["Cs", "Cc", "Lu"]), max_size=5),
    st.sampled_from([*NAMES, *(cell.source for cell in RECORD.cells), "code", "markdown", "raw", "test_f ", ""]),
)
scalar = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), text)
anything = st.recursive(
    scalar,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(text, inner, max_size=4)),
    max_leaves=12,
)


def often(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly what belongs here, now and then anything at all."""
    return st.one_of(usual, usual, usual, anything)


nbgrader_meta = st.fixed_dictionaries(
    {},
    optional={
        "grade_id": often(st.sampled_from([*NAMES, "own", "test_f "])),
        "grade": often(st.booleans()),
        "solution": often(st.booleans()),
        "locked": often(st.booleans()),
        "task": often(st.booleans()),
        "points": often(st.integers()),
        "schema_version": often(st.integers()),
        "checksum": anything,
    },
)
cell = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": often(st.sampled_from(["code", "markdown", "raw"])),
        "source": often(st.one_of(text, st.lists(text, max_size=3))),
        "id": often(st.sampled_from([*NAMES, "x"])),
        "metadata": often(
            st.fixed_dictionaries(
                {}, optional={"nbgrader": often(nbgrader_meta), "tags": often(st.lists(text)), "deletable": anything}
            )
        ),
        "attachments": often(
            st.dictionaries(
                text,
                st.dictionaries(
                    st.sampled_from(["image/png", "image/svg+xml", "text/html"]),
                    st.one_of(text, st.just(PICTURE), anything),
                    max_size=2,
                ),
                max_size=2,
            )
        ),
        "outputs": often(st.lists(anything, max_size=2)),
        "execution_count": anything,
    },
)
notebook = st.fixed_dictionaries(
    {},
    optional={
        "cells": often(st.lists(often(cell), max_size=9)),
        "metadata": often(
            st.fixed_dictionaries({}, optional={"kernelspec": anything, "language_info": anything, "course": anything})
        ),
        "nbformat": often(st.integers(min_value=1, max_value=6)),
        "nbformat_minor": often(st.integers(min_value=0, max_value=9)),
        "worksheets": often(st.lists(st.fixed_dictionaries({}, optional={"cells": often(st.lists(cell, max_size=3))}))),
    },
)


def check(clean: Sanitised, submitted: str = "") -> None:
    """All that holds for whatever was submitted."""
    result = clean.notebook
    nbformat.validate(result)
    json.dumps(result).encode("utf-8")
    notebooks.dumps(result).encode("utf-8")
    known = [cell for cell in result.cells if notebooks.grade_id_of(cell)]
    assert [notebooks.grade_id_of(cell) for cell in known] == NAMES
    for got, want in zip(known, RECORD.cells, strict=True):
        assert dict(got.metadata) == {"nbgrader": want.meta}
        assert (got.cell_type, got["id"]) == (want.cell_type, want.id)
        if not want.solution:
            assert got.source == want.source
            assert "attachments" not in got
    for got in result.cells:
        assert set(got.metadata) <= {"nbgrader"}
        assert not got.get("outputs")
        assert got.get("execution_count") is None
        assert "\0" not in got.source
        for bundle in got.get("attachments", {}).values():
            assert set(bundle) <= {"image/png", "image/jpeg"}
    assert set(result.metadata) == {"kernelspec", "language_info"}
    assert result.metadata.kernelspec.name == "python3"
    ids = [got["id"] for got in result.cells]
    assert len(set(ids)) == len(ids)
    assert clean.status in (Status.GRADED, Status.REPAIRED, Status.UNREADABLE, Status.REFUSED)
    assert (clean.status is Status.GRADED) == (clean.notes == ())


@QUICK
@given(st.binary(max_size=300))
def test_any_bytes_give_the_released_notebook(data: bytes) -> None:
    check(sanitise(data, RECORD))


@settings(QUICK, max_examples=400)
@given(often(notebook))
def test_any_notebook_gives_the_recorded_cells_in_order(tree: Any) -> None:
    check(sanitise(json.dumps(tree).encode(), RECORD))


def submitted(cells: list[NotebookNode]) -> bytes:
    return nbformat.writes(new_notebook(cells=cells)).encode()


@QUICK
@given(st.permutations(range(len(NAMES))), st.lists(st.sampled_from(range(len(NAMES))), max_size=4), st.data())
def test_solutions_are_kept_wherever_they_stand(order: list[int], dropped: list[int], data: st.DataObject) -> None:
    cells = []
    for at in order:
        want = RECORD.cells[at]
        if at in dropped:
            continue
        source = f"answer to {want.grade_id}"
        made = new_code_cell(source, id=f"id{at}") if want.cell_type == "code" else None
        made = made or nbformat.v4.new_markdown_cell(source, id=f"id{at}")
        made.metadata = nbformat.from_dict({"nbgrader": {**want.meta, "points": 99}, "tags": ["skip-execution"]})
        if data.draw(st.booleans(), label="own cell before"):
            cells.append(new_code_cell(f"own = {at}", id=f"own{at}"))
        cells.append(made)
    if not cells:
        return
    clean = sanitise(submitted(cells), RECORD)
    check(clean)
    by_name = {notebooks.grade_id_of(cell): cell for cell in clean.notebook.cells}
    for at, want in enumerate(RECORD.cells):
        if want.solution and at not in dropped:
            assert by_name[want.grade_id].source == f"answer to {want.grade_id}"
    own = [cell.source for cell in cells if cell.source.startswith("own")]
    assert sorted(own) == sorted(cell.source for cell in clean.notebook.cells if cell.source.startswith("own"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xef\xbb\xbf",
        b"null",
        b"[]",
        b"[" * 200_000,
        b'{"cells": ' + b"[" * 100_000,
        b'{"cells": [' + b"9" * 100_000 + b"]}",
        b'{"cells": [NaN, Infinity, -0, 1e999]}',
        b'{"cells": 5, "worksheets": [{"cells": [{"cell_type": "code", "input": 5}]}]}',
        b'{"nbformat": 3, "worksheets": [{"cells": 5}]}',
        b'{"nbformat": "3", "worksheets": [[]]}',
        b'{"nbformat": 3, "worksheets": []}',
        json.dumps({"cells": [{"cell_type": "code"}] * (MAX_CELLS + 1)}).encode(),
        json.dumps({"cells": [{"cell_type": ["code"], "source": ""}]}).encode(),
        json.dumps({"cells": [{"cell_type": "code", "metadata": {"nbgrader": {"grade_id": ["f"]}}}]}).encode(),
        json.dumps({"metadata": {"kernelspec": {"name": [], "language": {}}}, "cells": [{}]}).encode(),
    ],
)
def test_what_breaks_careless_readers_is_read_or_refused(data: bytes) -> None:
    check(sanitise(data, RECORD))


def test_only_plain_files_of_a_sensible_size_are_read(tmp_path: Path) -> None:
    path = tmp_path / "nb.ipynb"
    path.write_bytes(b" " * 2000)
    assert sanitise_file(path, RECORD, 1000).status is Status.REFUSED
    link = tmp_path / "link.ipynb"
    link.symlink_to(path)
    assert sanitise_file(link, RECORD, 10_000).status is Status.REFUSED
    assert sanitise_file(tmp_path, RECORD, 10**9).status is Status.REFUSED


KINDS = ("text/plain", "text/html", "image/png", "image/svg+xml")
messages = st.fixed_dictionaries(
    {},
    optional={
        "msg_type": often(
            st.sampled_from(
                ["stream", "display_data", "update_display_data", "execute_result", "error", "clear_output"]
            )
        ),
        "content": often(
            st.fixed_dictionaries(
                {},
                optional={
                    "name": often(st.sampled_from(["stdout", "stderr"])),
                    "text": often(st.text(max_size=300)),
                    "data": often(
                        st.dictionaries(
                            st.sampled_from([*KINDS, "text/javascript"]),
                            often(st.text(max_size=100)),
                        )
                    ),
                    "metadata": anything,
                    "ename": anything,
                    "evalue": anything,
                    "traceback": often(st.lists(often(st.text(max_size=50)), max_size=9)),
                    "execution_count": anything,
                    "transient": often(st.fixed_dictionaries({"display_id": often(st.sampled_from("ab"))})),
                    "wait": often(st.booleans()),
                },
            )
        ),
    },
)


@QUICK
@given(st.lists(messages, max_size=30), st.integers(min_value=0, max_value=2000))
def test_any_messages_leave_few_and_valid_outputs(said: list[dict[str, Any]], room: int) -> None:
    cell = new_code_cell("1", id="x")
    outputs = Outputs(cell, room)
    for message in said:
        outputs.take(message)
    nbformat.validate(new_notebook(cells=[cell]))
    written = json.dumps(cell.outputs, ensure_ascii=False).encode("utf-8")
    # Each kept output is counted as text; JSON may write a character in up to six.
    assert len(written) <= 12 * room + 1000
    assert all(output.output_type != "execute_result" for output in cell.outputs)
    assert all(set(output.get("data", {})) <= set(KINDS) for output in cell.outputs)


def shows(*said: tuple[str, dict[str, Any]], room: int = 1000) -> list[str]:
    """The texts that a cell shows after these messages."""
    cell = new_code_cell("1", id="x")
    outputs = Outputs(cell, room)
    for kind, content in said:
        outputs.take({"msg_type": kind, "content": content})
    return [output.get("text") or output["data"]["text/plain"] for output in cell.outputs]


def display(text: str, name: str = "") -> dict[str, Any]:
    return {"data": {"text/plain": text}, "transient": {"display_id": name} if name else {}}


def test_a_progress_display_shows_its_last_state() -> None:
    first, other = ("display_data", display("1 of 9", "bar")), ("display_data", display("other", "table"))
    updates = [("update_display_data", display(f"{at} of 9", "bar")) for at in range(2, 10)]
    assert shows(first, other, *updates) == ["9 of 9", "other"]
    assert shows(*updates) == []
    # The earlier states take up no room, and one that is too large leaves the last.
    many = [("update_display_data", display("x" * 400 + str(at), "bar")) for at in range(50)]
    assert shows(first, *many) == ["x" * 400 + "49"]
    assert shows(first, ("update_display_data", display("x" * 2000, "bar")), other) == ["1 of 9", "other"]


def test_what_was_cleared_takes_up_no_room() -> None:
    printed = [("stream", {"name": "stdout", "text": f"epoch {at}" + "." * 300}) for at in range(50)]
    clear, clear_later = ("clear_output", {"wait": False}), ("clear_output", {"wait": True})
    for clearing in (clear, clear_later):
        said = [message for line in printed for message in (clearing, line)]
        assert shows(*said) == [printed[-1][1]["text"]]
    assert shows(printed[0], clear) == []
    assert shows(printed[0], clear_later) == [printed[0][1]["text"]]


def test_what_is_not_kept_is_not_remembered() -> None:
    outputs = Outputs(new_code_cell("1", id="x"), 100)
    for at in range(1000):
        outputs.take({"msg_type": "display_data", "content": display("x" * 1000, str(at))})
    assert len(outputs._displays) == 0


def test_printing_without_end_is_cut_with_a_word() -> None:
    cell = new_code_cell("1", id="x")
    outputs = Outputs(cell, 1000)
    for _ in range(1000):
        outputs.take({"msg_type": "stream", "content": {"name": "stdout", "text": "x" * 100}})
    assert len(cell.outputs) == 1
    assert len(cell.outputs[0].text) < 1100
    assert "more output than is kept" in cell.outputs[0].text


@pytest.mark.parametrize("text", ["", "x"])
def test_many_small_outputs_are_few_in_the_end(text: str) -> None:
    cell = new_code_cell("1", id="x")
    outputs = Outputs(cell, 10_000)
    for at in range(5000):
        name = "stdout" if at % 2 else "stderr"
        outputs.take({"msg_type": "stream", "content": {"name": name, "text": text}})
        outputs.take({"msg_type": "error", "content": {}})
    assert len(cell.outputs) < 1000

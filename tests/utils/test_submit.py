"""``python -m utils.submit`` in a folder as students have it: what it says, what it writes, its exit codes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from bundle_folder import released_copy, unpacked

from autograder import notebooks
from autograder.course import Course
from autograder.samples import fill_in, solutions_of
from utils.submit.__main__ import due_in_words, main

Say = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def handed_out(repository: Course, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder with homework 0 as it is handed out, and the right answers.

    The cell that imports torch is left out of it, to save each test the seconds that this takes.
    """
    folder = tmp_path_factory.mktemp("submit")
    course = released_copy(repository, folder, "hw0")
    own = unpacked(course, "hw0", folder)
    said = json.loads((own / "homework.json").read_text(encoding="utf-8"))
    cells = said["notebooks"][0]["cells"]
    cells[:] = [cell for cell in cells if cell["grade_id"] != "environment"]
    (own / "homework.json").write_text(json.dumps(said), encoding="utf-8")

    def leave_out(notebook: nbformat.NotebookNode) -> None:
        notebook.cells = [cell for cell in notebook.cells if notebooks.grade_id_of(cell) != "environment"]

    change(own, leave_out)
    return own, solutions_of(course, "hw0", "0_start")


@pytest.fixture
def folder(handed_out: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's own copy of it, in which we are. The package itself is that of the repository: the bundle's test
    tries the bundle's."""
    own = tmp_path / "hw0"
    shutil.copytree(handed_out[0], own, ignore=shutil.ignore_patterns("utils"))
    (own / "utils").symlink_to(handed_out[0] / "utils")
    monkeypatch.chdir(own)
    monkeypatch.delenv("COURSE_PROFILE", raising=False)
    return own


@pytest.fixture
def answers(handed_out: tuple[Path, dict[str, str]]) -> dict[str, str]:
    return dict(handed_out[1])


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str]) -> Say:
    def call(*arguments: str) -> tuple[int, str]:
        code = main(arguments)
        captured = capfd.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return code, captured.out + captured.err

    return call


def change(folder: Path, change: Callable[[nbformat.NotebookNode], None]) -> None:
    path = folder / "0_start.ipynb"
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    path.write_text(notebooks.dumps(notebook), encoding="utf-8")


def answer(folder: Path, answers: dict[str, str]) -> None:
    def fill(notebook: nbformat.NotebookNode) -> None:
        for cell in notebook.cells:
            cell.source = answers.get(notebooks.grade_id_of(cell) or "", cell.source)

    change(folder, fill)


def insert(folder: Path, source: str, after: str = "setup") -> None:
    def put(notebook: nbformat.NotebookNode) -> None:
        at = next(i for i, cell in enumerate(notebook.cells) if notebooks.grade_id_of(cell) == after)
        notebook.cells.insert(at + 1, nbformat.v4.new_code_cell(source))

    change(folder, put)


def receipt_in(path: Path) -> dict:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return json.loads(archive.read("receipt.json"))


def test_all_well(folder: Path, answers: dict[str, str], say: Say) -> None:
    answer(folder, answers)
    before = (folder / "0_start.ipynb").read_bytes()
    code, said = say("ada")
    assert code == 0, said
    assert "0_start  2 of 2 checks passed" in said
    assert "!" not in said
    path = folder / "hw0_ada.zip"
    assert f"wrote {path} (all notebooks" in said
    assert hashlib.sha256(path.read_bytes()).hexdigest() in said
    assert (folder / "0_start.ipynb").read_bytes() == before, "the student's file stays as it is"
    assert [p.name for p in folder.glob(".*")] == []
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["0_start.ipynb", "receipt.json"]
        assert archive.read("0_start.ipynb") == before
    receipt = receipt_in(path)
    (entry,) = receipt["notebooks"]
    assert entry["sha256"] == hashlib.sha256(before).hexdigest()
    assert entry["run"]["checks"] == {"test_squared_distances": "passed", "test_nearest": "passed"}
    assert (receipt["student"], receipt["homework"], receipt["not_handed_in"]) == ("ada", "hw0", [])
    assert receipt["release"] == json.loads((folder / "homework.json").read_text())["release"]
    assert datetime.fromisoformat(receipt["made"]).tzinfo is not None
    assert re.match(r"\d+\.\d+", receipt["versions"]["torch"])


def test_what_the_checks_say_is_told(folder: Path, answers: dict[str, str], say: Say) -> None:
    answer(folder, answers | {"nearest": "def nearest(x, y):\n    return squared_distances(x, y).argmax(axis=1)"})
    code, said = say("ada")
    assert code == 1
    assert "1 of 2 checks passed" in said
    assert "! 0_start.ipynb: test_nearest: nearest is not right yet; indices: this is the farthest row" in said
    assert "1 thing to look at" in said
    checks = receipt_in(folder / "hw0_ada.zip")["notebooks"][0]["run"]["checks"]
    assert checks == {"test_squared_distances": "passed", "test_nearest": "failed"}


def test_as_it_was_handed_out(folder: Path, say: Say) -> None:
    code, said = say("ada")
    assert code == 1
    assert "! 0_start.ipynb: not answered yet: squared_distances, nearest" in said
    assert "test_squared_distances: squared_distances is not implemented yet" in said
    assert (folder / "hw0_ada.zip").is_file(), "an unfinished homework can be handed in"


def test_an_error_elsewhere_is_told_and_the_rest_still_runs(folder: Path, answers: dict[str, str], say: Say) -> None:
    answer(folder, answers)
    insert(folder, "wedge = 3\nundefined_name")
    code, said = say("ada")
    assert code == 1
    assert "the cell that begins with `wedge = 3`: NameError: name 'undefined_name' is not defined" in said
    assert "2 of 2 checks passed" in said


def test_a_tag_leaves_no_cell_out(folder: Path, answers: dict[str, str], say: Say) -> None:
    answer(folder, answers | {"nearest": "def nearest(x, y):\n    return 3"})

    def skip(notebook: nbformat.NotebookNode) -> None:
        for cell in notebook.cells:
            cell.metadata["tags"] = ["skip-execution", "raises-exception"]

    change(folder, skip)
    code, said = say("ada")
    assert code == 1
    assert "1 of 2 checks passed" in said


def test_many_errors_are_cut_short(folder: Path, say: Say) -> None:
    for number in range(9):
        insert(folder, f"undefined_{number}")
    _, said = say("ada")
    assert len([line for line in said.splitlines() if "NameError" in line]) == 4
    assert "more cells failed; begin with the first of them" in said


def test_a_cell_without_an_end_is_stopped(folder: Path, answers: dict[str, str], say: Say) -> None:
    answer(folder, answers)
    insert(folder, "while True:\n    pass")
    code, said = say("ada", "--seconds", "8")
    assert code == 1
    assert "stopped at the cell that begins with `while True:`, which ran longer than 8 s" in said
    assert "0 of 2 checks passed" in said
    assert receipt_in(folder / "hw0_ada.zip")["notebooks"][0]["run"]["checks"]["test_nearest"] == "not reached"


def test_a_kernel_that_ends_is_told(folder: Path, say: Say) -> None:
    insert(folder, "import os\nos._exit(1)")
    code, said = say("ada")
    assert code == 1
    assert "stopped at the cell that begins with `import os`, which ended its kernel" in said


# Without running


def test_no_run_looks_at_the_order_of_the_outputs(folder: Path, answers: dict[str, str], say: Say) -> None:
    answer(folder, answers)
    code, said = say("ada", "--no-run")
    assert code == 1
    assert "its saved outputs are not of one run from top to bottom; restart its kernel" in said
    assert receipt_in(folder / "hw0_ada.zip")["notebooks"][0]["run"] is None

    def count(notebook: nbformat.NotebookNode) -> None:
        for number, cell in enumerate(cell for cell in notebook.cells if cell.cell_type == "code"):
            cell.execution_count = number + 1

    change(folder, count)
    code, said = say("ada", "--no-run")
    assert (code, "!" in said) == (0, False)


def test_changed_and_missing_cells_are_named(folder: Path, answers: dict[str, str], say: Say) -> None:
    answer(folder, answers)

    def spoil(notebook: nbformat.NotebookNode) -> None:
        named = {notebooks.grade_id_of(cell): cell for cell in notebook.cells}
        named["test_nearest"].source = "print('passed')"
        notebook.cells.remove(named["plot_regions"])

    change(folder, spoil)
    code, said = say("ada", "--no-run")
    assert code == 1
    assert "lacks the cells plot_regions; copy your work into a fresh copy" in said
    assert "the locked cells test_nearest were changed; the grader takes its own" in said


def test_what_is_told_is_of_the_file_that_is_packed(folder: Path, answers: dict[str, str], say: Say) -> None:
    answer(folder, answers)
    say("ada", "--no-run")
    first = receipt_in(folder / "hw0_ada.zip")
    (folder / "0_start.ipynb").write_bytes((folder / "0_start.ipynb").read_bytes() + b"\n")
    say("ada", "--no-run")
    assert receipt_in(folder / "hw0_ada.zip")["notebooks"][0]["bytes"] == first["notebooks"][0]["bytes"] + 1


# What cannot be handed in


def break_it(folder: Path, how: str) -> None:
    path = folder / "0_start.ipynb"
    match how:
        case "gone":
            path.unlink()
        case "renamed":
            path.rename(folder / "0_start (1).ipynb")
        case "a link":
            path.rename(folder / "elsewhere")
            path.symlink_to(folder / "elsewhere")
        case "not JSON":
            path.write_text("{")
        case "not a notebook":
            path.write_text('{"cells": 3}')
        case "large":
            path.write_bytes(b" " * 2**20 * 11)


BROKEN = [
    ("gone", "is missing; unpack the homework's zip again and take it from there"),
    ("renamed", "is missing; there is '0_start (1).ipynb': rename it"),
    ("a link", "is a link or a folder and not a file"),
    ("not JSON", "is not a notebook any more; open it in Jupyter and save it again"),
    ("not a notebook", "is not a notebook any more"),
    ("large", "has 11.0 MiB, at most 10 are taken; clear its outputs"),
]


@pytest.mark.parametrize(("how", "message"), BROKEN)
def test_a_notebook_that_cannot_be_handed_in(how: str, message: str, folder: Path, say: Say) -> None:
    break_it(folder, how)
    for options in ([], ["--partial"]):
        code, said = say("ada", *options)
        assert code == 2
        assert f"! 0_start.ipynb: {message}" in said
        assert "nothing was written: there is no notebook to hand in" in said
    assert not list(folder.glob("*.zip"))


def with_two(folder: Path) -> None:
    """A homework of two notebooks, of which the second is not there."""
    path = folder / "homework.json"
    said = json.loads(path.read_text())
    said["notebooks"].append(said["notebooks"][0] | {"name": "1_more"})
    path.write_text(json.dumps(said))


def test_a_missing_notebook_stops_it_unless_it_is_meant(folder: Path, answers: dict[str, str], say: Say) -> None:
    answer(folder, answers)
    with_two(folder)
    code, said = say("ada", "--no-run")
    assert code == 2
    assert "! 1_more.ipynb: is missing" in said
    assert "to hand in the others alone, add --partial" in said
    assert not list(folder.glob("*.zip"))
    code, said = say("ada", "--no-run", "--partial")
    assert code == 1
    assert "1 of 2 notebooks" in said
    assert receipt_in(folder / "hw0_ada.zip")["not_handed_in"] == ["1_more"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["../ada"], "'../ada' is no id: give the one that the course knows you by"),
        ([""], "'' is no id"),
        (["ada", "--folder", "nowhere"], "holds no homework.json: run this in the folder that you unpacked"),
        (["ada", "--to", "nowhere"], "nowhere is no folder: make it first"),
        (["ada", "--seconds", "0"], "--seconds 0: expected at least 1"),
    ],
)
def test_bad_arguments(arguments: list[str], message: str, folder: Path, say: Say) -> None:
    code, said = say(*arguments)
    assert code == 2
    assert message in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "has been changed"),
        ('{"format": 1}', "has been changed (KeyError("),
        ('{"format": 99}', "has format 99, and this utils reads 1"),
    ],
)
def test_a_broken_description(text: str, message: str, folder: Path, say: Say) -> None:
    (folder / "homework.json").write_text(text)
    code, said = say("ada")
    assert code == 2
    assert message in said
    assert "unpack the homework's zip again" in said


def test_a_folder_that_cannot_be_written_to(folder: Path, answers: dict[str, str], say: Say) -> None:
    answer(folder, answers)
    (folder / "hw0_ada.zip").mkdir()  # as root, permissions would not stop it
    code, said = say("ada", "--no-run")
    assert code == 2
    assert "hw0_ada.zip cannot be written" in said
    assert [path.name for path in folder.glob(".*")] == []


def test_an_older_file_is_replaced_whole(folder: Path, answers: dict[str, str], say: Say) -> None:
    answer(folder, answers)
    (folder / "hw0_ada.zip").write_bytes(b"old")
    (folder / "to").mkdir()
    say("ada", "--no-run")
    assert zipfile.is_zipfile(folder / "hw0_ada.zip")
    say("bob", "--no-run", "--to", "to")
    assert zipfile.is_zipfile(folder / "to" / "hw0_bob.zip")


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=2, hours=3, minutes=20), "2 days 3 hours before it is due, by this computer's clock"),
        (timedelta(minutes=1), "1 minute before it is due, by this computer's clock"),
        (timedelta(hours=-1, minutes=-5), "1 hour 5 minutes after it was due: the late rule applies, by this"),
        (timedelta(seconds=5), "a moment before it is due"),
    ],
)
def test_how_much_time_is_left(left: timedelta, words: str) -> None:
    assert due_in_words(left).startswith(words)


@pytest.mark.slow
def test_homework_2_with_the_courses_solutions(
    repository: Course, tmp_path: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two notebooks that need no data: every check of every notebook passes, and the exit code says so."""
    course = released_copy(repository, tmp_path, "hw2")
    folder = unpacked(course, "hw2", tmp_path)
    monkeypatch.setattr(os, "environ", {**os.environ, "OMP_NUM_THREADS": "1"})
    description = json.loads((folder / "homework.json").read_text())
    kept = [n for n in description["notebooks"] if n["name"] in ("3_rnn", "4_lstm")]
    (folder / "homework.json").write_text(json.dumps(description | {"notebooks": kept}))
    for name in ("3_rnn", "4_lstm"):
        notebook = fill_in(course, "hw2", name, solutions_of(course, "hw2", name))
        (folder / f"{name}.ipynb").write_text(notebooks.dumps(notebook), encoding="utf-8")
    code, said = say("ada", "--folder", str(folder))
    assert code == 0, said
    assert said.count("4 of 4 checks passed") == 2

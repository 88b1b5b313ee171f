"""assignments -> source -> release: repeatable, and nothing leaks."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder import notebooks
from autograder.course import Course
from autograder.demo import copy_course
from autograder.errors import ReleaseMismatch, UsageError
from autograder.release import release, sync_source


def tree(folder: Path) -> dict[str, bytes]:
    """All files but those that notebooks write when they run."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.match("predictions_q*.txt"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_what_solutions_write_is_not_released(course: Course) -> None:
    """A source notebook that has been run leaves files beside it."""
    (course.source("hw2") / "predictions_q1.txt").write_text("1\n0\n", encoding="utf-8")
    release(course, "hw2")
    assert not (course.release("hw2") / "predictions_q1.txt").exists()


@pytest.fixture(scope="module")
def whole(repository: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A copy of the course in which everything has been built anew."""
    copy = copy_course(repository, tmp_path_factory.mktemp("whole") / "course")
    for kind in ("source", "release"):
        shutil.rmtree(copy.root / kind)
    for homework in copy.homeworks:
        release(copy, homework)
    return copy


@pytest.mark.parametrize("kind", ["source", "release"])
def test_what_is_committed_is_what_the_twins_give(kind: str, repository: Course, whole: Course) -> None:
    assert tree(repository.root / kind).keys() == tree(whole.root / kind).keys()
    assert tree(repository.root / kind) == tree(whole.root / kind)


def test_releasing_again_changes_nothing(course: Course) -> None:
    before = tree(course.root / "release")
    assert release(course, "hw2") == []
    assert tree(course.root / "release") == before


def test_plain_nbgrader_releases_the_same(course: Course) -> None:
    before = tree(course.root / "release")
    for path in course.release("hw2").rglob("*.ipynb"):
        path.unlink()
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", "hw2", "--force"]
    subprocess.run(command, cwd=course.root, check=True, capture_output=True, timeout=300)
    assert tree(course.root / "release") == before


def test_no_release_file_holds_a_solution_or_a_hidden_test(repository: Course) -> None:
    for path in (repository.root / "release").rglob("*"):
        if path.is_file():
            assert not re.search(
                r"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)|hidden_tests\(|autograder", path.read_text()
            )


def test_notebooks_are_committed_without_outputs(repository: Course) -> None:
    for kind in ("source", "release"):
        for path in (repository.root / kind).rglob("*.ipynb"):
            for cell in notebooks.read(path).cells:
                assert not cell.get("outputs")
                assert cell.get("execution_count") is None


def test_ids_do_not_change_from_build_to_build(repository: Course) -> None:
    twin = repository.twins("hw2") / "3_rnn.py"
    ids = [[cell.id for cell in notebooks.build_from_twin(twin).cells] for _ in range(2)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == len(ids[0])


def change_twin(course: Course, old: str, new: str) -> None:
    twin = course.twins("hw2") / "3_rnn.py"
    text = twin.read_text(encoding="utf-8")
    assert old in text
    twin.write_text(text.replace(old, new, 1), encoding="utf-8")


LEAKS = [
    ("    ### END SOLUTION\n\n# %% [markdown]\n# Does", "\n# %% [markdown]\n# Does", "solution"),
    (
        "# %% [markdown]\n# **Common",
        "# %%\n# kept\nnext_h = np.tanh(x @ Wx + prev_h @ Wh + b)\n\n# %% [markdown]\n# **Common",
        None,
    ),
    (
        "### BEGIN HIDDEN TESTS\nfrom autograder.inprocess import hidden_tests\n",
        "from autograder.inprocess import hidden_tests\n",
        "no hidden_tests",
    ),
    ('from autograder.inprocess import hidden_tests\nhidden_tests("rnn_step_forward")\n', "pass\n", "no hidden_tests"),
]


@pytest.mark.parametrize(("old", "new", "message"), [leak for leak in LEAKS if leak[2]])
def test_a_release_with_a_leak_is_refused_and_the_old_one_stays(
    course: Course, old: str, new: str, message: str
) -> None:
    change_twin(course, old, new)
    before = tree(course.root / "release")
    with pytest.raises(ReleaseMismatch, match=message):
        release(course, "hw2")
    assert tree(course.root / "release") == before


def test_a_solution_line_outside_its_markers_is_found(course: Course) -> None:
    """A copy of a solution line in a cell that is not cleared, as an unmarked second version."""
    path = course.source("hw2") / "3_rnn.ipynb"
    notebook = notebooks.read(path)
    from autograder.steps import RefuseLeaks, RememberSolutions

    resources: dict[str, object] = {}
    RememberSolutions().preprocess(notebook, resources)
    notebook.cells = [nbformat.v4.new_code_cell("    da = dnext_h * (1 - next_h**2)")]
    with pytest.raises(ReleaseMismatch, match="line of a solution"):
        RefuseLeaks().preprocess(notebook, resources)


def test_points_that_do_not_add_up_are_refused(course: Course) -> None:
    change_twin(course, '"points": 2', '"points": 4')
    with pytest.raises(UsageError, match=r"17 points together, assignment.toml says 15"):
        sync_source(course, "hw2")


def test_a_missing_twin_is_named(course: Course) -> None:
    (course.twins("hw2") / "4_lstm.py").unlink()
    with pytest.raises(UsageError, match=r"4_lstm has no text twin"):
        sync_source(course, "hw2")

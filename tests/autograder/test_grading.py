"""The whole road, on real kernels: scores, statuses, and one submission that never stops another."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder import notebooks
from autograder.course import Course
from autograder.feedback_pages import make_feedback
from autograder.results import NotebookResult, Status
from autograder.samples import SAMPLES, fill_in, make_samples

Results = dict[tuple[str, str], NotebookResult]
Grade = Callable[..., Results]
pytestmark = [pytest.mark.sandbox]

EXPECTED = {
    "right": (10, 10, Status.GRADED),
    "late": (8, 8, Status.GRADED),
    "blank": (0, 0, Status.GRADED),
    "cheating": (0, 0, Status.REPAIRED),
    "crashing": (10, 10, Status.STOPPED),
    "endless": (10, 10, Status.STOPPED),
}


@pytest.mark.slow
def test_the_sample_class(course: Course, grade: Grade) -> None:
    make_samples(course, "hw2")
    results = grade()
    for student, (rnn, lstm, status) in EXPECTED.items():
        for notebook, score in (("3_rnn", rnn), ("4_lstm", lstm)):
            result = results[student, notebook]
            assert (student, result.score, result.status) == (student, pytest.approx(score), status)
            assert result.max_score == 15
    partly = [t for n in ("3_rnn", "4_lstm") for cell in results["partly_right", n].cells for t in cell.tests]
    messages = " ".join(test.message for test in partly if not test.passed)
    assert "is the sum over the batch missing?" in messages
    assert "i, f, c~, o" in messages
    assert {name for name, _ in results} == {sample.name for sample in SAMPLES}
    pages = make_feedback(course, "hw2")
    assert len(pages) == 3 * len(SAMPLES)  # one for each notebook, and one for all


def test_plain_nbgrader_gives_the_same_scores(
    course: Course, submit: Callable[..., Path], grade: Grade, solutions
) -> None:
    submit("ada", "3_rnn", solutions["3_rnn"])
    submit(
        "ben", "3_rnn", {**solutions["3_rnn"], "rnn_forward": "def rnn_forward(x, h0, Wx, Wh, b):\n    return x, ()"}
    )
    submit("eve", "3_rnn", b"{")
    ours = grade(notebook="3_rnn")

    def scores() -> dict[str, dict[str, float]]:
        with Gradebook(course.gradebook_url) as gradebook:
            return {
                student: {
                    g.name: g.auto_score for g in gradebook.find_submission_notebook("3_rnn", "hw2", student).grades
                }
                for student in ("ada", "ben", "eve")
            }

    before = scores()
    assert 0 < ours["ben", "3_rnn"].score < ours["ada", "3_rnn"].score == 10
    with Gradebook(course.gradebook_url) as gradebook:
        for student in ("ada", "ben", "eve"):
            for entry in gradebook.find_submission_notebook("3_rnn", "hw2", student).grades:
                entry.auto_score = 77
        gradebook.db.commit()
    command = [sys.executable, "-m", "nbgrader", "autograde", "hw2", "--force", "--notebook=3_rnn"]
    run = subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    assert scores() == before


def test_derivations_wait_for_a_person(course: Course, submit: Callable[..., Path], grade: Grade, solutions) -> None:
    submit("ada", "3_rnn", {"derive_rnn_backward": "My derivation."})
    submit("ada", "4_lstm", {})
    grade()
    with Gradebook(course.gradebook_url) as gradebook:
        grades = {g.name: g for g in gradebook.find_submission_notebook("3_rnn", "hw2", "ada").grades}
        assert grades["derive_rnn_backward"].needs_manual_grade
        assert not grades["derive_rnn_step_backward"].needs_manual_grade
        assert grades["derive_rnn_step_backward"].auto_score == 0


def test_bad_input_gets_a_status_and_stops_nobody(
    course: Course, submit: Callable[..., Path], grade: Grade, solutions: dict[str, dict[str, str]]
) -> None:
    right = solutions["3_rnn"]
    submit("a_not_json", "3_rnn", b"PK\x03\x04 surely a zip")
    submit("b_renamed", "3_rnn", right, file="3_rnn (1).ipynb")
    (course.submitted("c_missing", "hw2")).mkdir(parents=True)
    (course.submitted("c_missing", "hw2") / "notes.txt").write_text("sorry")
    deleted = fill_in(course, "hw2", "3_rnn", right)
    deleted.cells = [cell for cell in deleted.cells if notebooks.grade_id_of(cell) != "test_rnn_forward"]
    submit("d_deleted", "3_rnn", deleted)
    doubled = fill_in(course, "hw2", "3_rnn", right)
    copy = next(cell for cell in doubled.cells if notebooks.grade_id_of(cell) == "test_rnn_forward").copy()
    copy["id"] = "copy"
    doubled.cells.append(copy)
    submit("e_doubled", "3_rnn", doubled)
    julia = fill_in(course, "hw2", "3_rnn", right)
    julia.metadata["kernelspec"] = {"name": "julia-1.9", "display_name": "Julia", "language": "julia"}
    submit("f_julia", "3_rnn", julia)
    submit("g_large", "3_rnn", b" " * (21 * 2**20))
    link = course.submitted("h_link", "hw2")
    link.mkdir(parents=True)
    (link / "3_rnn.ipynb").symlink_to(course.root / "gradebook.db")
    submit("z_right", "3_rnn", right)
    results = grade(notebook="3_rnn")

    expected = {
        "a_not_json": (Status.UNREADABLE, 0, "not JSON"),
        "b_renamed": (Status.RENAMED, 0, "3_rnn (1).ipynb"),
        "c_missing": (Status.MISSING, 0, "not handed in"),
        "d_deleted": (Status.REPAIRED, 10, "test_rnn_forward"),
        "e_doubled": (Status.REPAIRED, 10, "more than once"),
        "f_julia": (Status.REPAIRED, 10, "another kernel"),
        "g_large": (Status.REFUSED, 0, "MiB"),
        "h_link": (Status.MISSING, 0, "link"),
        "z_right": (Status.GRADED, 10, ""),
    }
    for student, (status, score, note) in expected.items():
        result = results[student, "3_rnn"]
        assert (student, result.status, result.score) == (student, status, score)
        assert note in " ".join(result.notes)
    json.dumps([result.as_json() for result in results.values()])


def test_a_grader_failure_costs_nothing_and_is_told(
    course: Course, submit: Callable[..., Path], grade: Grade, solutions
) -> None:
    submit("ada", "3_rnn", {})
    (course.submitted("ada", "hw2") / "timestamp.txt").write_text("the day before yesterday")
    submit("zoe", "3_rnn", {})
    results = grade(notebook="3_rnn")
    assert results["ada", "3_rnn"].status is Status.NOT_GRADED
    assert "timestamp.txt" in results["ada", "3_rnn"].notes[0]
    assert results["zoe", "3_rnn"].status is Status.GRADED

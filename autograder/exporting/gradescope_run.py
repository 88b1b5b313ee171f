"""Grades one submission in Gradescope's container; ``run_autograder`` calls it.

The score is that of the tests. What people mark is marked in Gradescope, and lateness is charged by Gradescope's own
rule, since it alone knows a student's extensions and free days there.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from autograder.collecting.choosing import Chosen, choose
from autograder.collecting.layouts import Delivery, Piece
from autograder.collecting.naming import Notebooks
from autograder.collecting.placing import Stamp, stage
from autograder.collecting.source import Source
from autograder.course import Course
from autograder.errors import CourseError, UsageError
from autograder.exporting.gradescope import Results
from autograder.exporting.scores import cents
from autograder.files import write_whole
from autograder.grade import grade
from autograder.options import Options
from autograder.policy import GradingPolicy
from autograder.results import Status

STUDENT = "submission"


def main(arguments: list[str] | None = None) -> int:
    """Grade a submission and write ``results.json``; 1 if the grader could not, 2 if it was called wrongly.

    Nothing is written then, which Gradescope reports as a failed autograder, not as a score.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 3:
        print("expected three arguments: homework, folder of the submission, results.json", file=sys.stderr)
        return 2
    homework, submission, target = arguments[0], Path(arguments[1]), Path(arguments[2])
    try:
        results = grade_submission(Course.find(), homework, submission, os.environ.get("COURSE_SANDBOX", "partial"))
        write_whole(target, json.dumps(results.as_json(), indent=1, ensure_ascii=False) + "\n")
    except UsageError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 2
    except (CourseError, OSError) as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 1
    return 0


def grade_submission(course: Course, homework: str, folder: Path, sandbox: str) -> Results:
    """Grade what lies in a folder, as ``course collect`` would take it.

    Parameters
    ----------
    course : Course
        A course of its own; what it has of an earlier submission is deleted.
    homework : str
        Which homework.
    folder : Path
        What the student handed in: notebooks, or a zip with them.
    sandbox : str
        As for ``course grade``.

    Raises
    ------
    CourseError
        If the grader could not do its work.
    """
    policy = GradingPolicy(course, course.assignment(homework), os.environ.get("COURSE_PROFILE", "smoke"), sandbox)
    policy.warnings()  # refuses where the sandbox is not as strong as was asked for
    chosen = _chosen(policy, folder)
    results = Results(output=[*chosen.notes, *(f"not taken: {entry.path} {entry.why}" for entry in chosen.refused)])
    if not chosen.notebooks:
        names = ", ".join(f"{entry.name}.ipynb" for entry in policy.assignment.notebooks)
        results.output.insert(0, f"none of the homework's notebooks was handed in: expected {names}")
        return results
    _put(course, homework, chosen, policy.assignment.due)
    (result,) = grade(policy, Options(students=(STUDENT,)))
    stopped = [notebook for notebook in result.notebooks if notebook.status is Status.NOT_GRADED]
    if stopped:
        raise CourseError(f"{stopped[0].notebook} could not be graded: {'; '.join(stopped[0].notes)}")
    for notebook in result.notebooks:
        results.add_notebook(notebook)
    results.score = cents(sum(test["score"] for test in results.tests))
    reached = sum(test["max_score"] for test in results.tests)
    by_hand = sum(entry.points for entry in policy.assignment.notebooks) - reached
    if by_hand > 0:
        results.output.append(f"the other {by_hand:g} points are for what people mark")
    return results


def _chosen(policy: GradingPolicy, folder: Path) -> Chosen:
    zone = policy.assignment.due.tzinfo
    with Source(folder, zone) as source:
        delivery = Delivery(STUDENT, [], [Piece(found, found.parts) for found in source.files])
        homework = Notebooks.load(policy.course, policy.assignment.name)
        chosen = choose([delivery], homework, policy.limits.submission_mib * 2**20, zone)
        chosen.refused += source.refused
        return chosen


def _put(course: Course, homework: str, chosen: Chosen, due: datetime) -> None:
    """Make the submission the only one of the course, in time."""
    for made in (course.root / "submitted", course.root / "autograded"):
        shutil.rmtree(made, ignore_errors=True)
    stamp = Stamp(min(datetime.now(UTC), due), "Gradescope charges lateness itself")
    stage(course.submitted(STUDENT, homework), chosen, stamp)


if __name__ == "__main__":
    sys.exit(main())

"""The whole road on made-up submissions, in a course folder of its own: release, submissions, grades, feedback."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

from rich.console import Console

from autograder.course import Course
from autograder.errors import UsageError
from autograder.feedback_pages import make_feedback
from autograder.grade import grade
from autograder.layers import Strength, inspect
from autograder.policy import GradingPolicy
from autograder.progress import Bar
from autograder.release import release
from autograder.samples import make_samples
from autograder.table import score_table, what_to_know

QUICK = ("3_rnn", "4_lstm")
"""Notebooks that train nothing, so that a class is graded while one watches."""
_MARK = ".demo-course"


def run_demo(
    course: Course,
    folder: Path,
    sandbox: str,
    out: Console,
    homework: str = "hw2",
    notebooks: tuple[str, ...] = QUICK,
) -> None:
    """Grade a class of made-up students and say where to look.

    Parameters
    ----------
    course : Course
        Whose homework it is; nothing in it is changed.
    folder : Path
        Where the demo's course goes. Emptied first, if an earlier demo made it.
    sandbox : str
        As for ``course grade``, or ``auto`` for as much as this machine has: the submissions are the course's own.
    out : Console
        Where to tell.
    homework : str
        Which homework.
    notebooks : tuple of str
        Which of its notebooks; all if empty. Those that train networks take minutes for each student.

    Raises
    ------
    UsageError
        If `folder` exists and is not an earlier demo's.
    """
    started = time.monotonic()
    copy = copy_course(course, folder, notebooks)
    _shorten(copy, homework)
    release(copy, homework)
    samples = make_samples(copy, homework)
    out.print(f"released {homework}, and {len(samples)} made-up students handed in; grading them")
    policy = GradingPolicy(copy, copy.assignment(homework), "smoke", _strongest() if sandbox == "auto" else sandbox)
    for warning in policy.warnings():
        out.print(f"[yellow]{warning}[/yellow]", highlight=False)
    results = grade(policy, watch=Bar(out))
    pages = make_feedback(copy, homework)
    out.print(score_table(results, homework))
    for sample in samples:
        out.print(f"{sample.name}: {sample.about}", highlight=False)
    for line in what_to_know(results):
        out.print(f"- {line}", highlight=False, markup=False)
    out.print(
        f"\n{len(pages)} feedback pages, for example {_shown(pages[0])}\n"
        f"graded notebooks and gradebook: {_shown(copy.root)}/autograded, {_shown(copy.root)}/gradebook.db\n"
        f"took {time.monotonic() - started:.0f} s",
        highlight=False,
    )


def _strongest() -> str:
    """The strictest mode that this machine allows."""
    return {Strength.FULL: "full", Strength.PARTIAL: "partial", Strength.NONE: "off"}[inspect().strength]


def _shorten(course: Course, homework: str) -> None:
    """Let a cell run for ten seconds only, so that the endless one is not waited for as long as a real one would be."""
    path = course.root / "assignments" / homework / "assignment.toml"
    path.write_text(
        re.sub(r"(?m)^cell_seconds = \d+", "cell_seconds = 10", path.read_text(encoding="utf-8")), encoding="utf-8"
    )


def copy_course(course: Course, folder: Path, keep: tuple[str, ...] = ()) -> Course:
    """A course folder beside the real one, with its own gradebook and submissions.

    Parameters
    ----------
    course : Course
        What to copy.
    folder : Path
        Where to; emptied first, if this function made it.
    keep : tuple of str
        Only these notebooks, in each homework that has one of them; all if empty.

    Raises
    ------
    UsageError
        If `folder` exists and was not made by this function.
    """
    folder = folder.resolve()
    if folder.exists():
        if any(folder.iterdir()) and not (folder / _MARK).is_file():
            raise UsageError(f"{folder} exists and is not an earlier demo's; choose another folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / _MARK).touch()
    for name in ("assignments", "source", "release"):
        if (course.root / name).is_dir():
            shutil.copytree(course.root / name, folder / name)
    shutil.copyfile(course.root / "nbgrader_config.py", folder / "nbgrader_config.py")
    copy = Course(folder)
    if keep:
        for homework in copy.homeworks:
            _leave_out(copy, homework, keep)
    return copy


def _leave_out(course: Course, homework: str, keep: tuple[str, ...]) -> None:
    """Take the notebooks that are not to be kept out of a homework that has one of those."""
    names = [entry.name for entry in course.assignment(homework).notebooks]
    if not set(names).intersection(keep):
        return
    path = course.root / "assignments" / homework / "assignment.toml"
    head, *entries = path.read_text(encoding="utf-8").split("[[notebooks]]\n")
    entries[-1], bracket, tail = entries[-1].partition("\n# Limits")
    kept = [entry for name, entry in zip(names, entries, strict=True) if name in keep]
    path.write_text("[[notebooks]]\n".join([head, *kept]) + bracket + tail, encoding="utf-8")
    for name in set(names).difference(keep):
        for file in (
            course.twins(homework) / f"{name}.py",
            course.source(homework) / f"{name}.ipynb",
            course.release(homework) / f"{name}.ipynb",
        ):
            file.unlink(missing_ok=True)


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)

"""Runs hidden tests in the notebook's own process: for instructors' source notebooks, by hand or under nbval."""

from __future__ import annotations

from pathlib import Path

from autograder.course import Course
from autograder.errors import CheckFailed, GraderError, UsageError
from autograder.student import Student
from autograder.testing import Group, load_groups, run_group


def hidden_tests(name: str) -> None:
    """Run the hidden tests called `name` on the notebook that calls this, and raise if one fails.

    While a submission is graded the line that calls this never enters a kernel; the grader reads the name from it.

    Parameters
    ----------
    name : str
        The name of a group of tests in ``autograder/hidden_tests``.

    Raises
    ------
    CheckFailed
        With the name and the message of every test that failed.
    """
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None:
        raise UsageError("hidden_tests(...) works in a notebook only")
    course = Course.find()
    homework, group = _find(course, name, _homework_of(Path.cwd(), course))
    results = run_group(group, Student.in_process(shell.user_ns), course.assignment(homework).seed, 1.0)
    failed = [f"{result.name}: {result.message}" for result in results if not result.passed]
    if failed:
        raise CheckFailed(f"{len(failed)} of {len(results)} hidden tests of {name} failed\n" + "\n".join(failed))


def _homework_of(folder: Path, course: Course) -> str | None:
    """The homework whose notebook runs in `folder`, such as ``source/hw2``; None if it runs anywhere else."""
    return next((name for name in (folder.name, folder.parent.name) if name in course.homeworks), None)


def _find(course: Course, name: str, here: str | None) -> tuple[str, Group]:
    """The homework and the group of that name: the one of the homework `here`, or else the only one that there is."""
    known: set[str] = set()
    found: dict[str, Group] = {}
    for homework in [here] if here else course.homeworks:
        groups = load_groups(homework)
        known |= groups.keys()
        if name in groups:
            found[homework] = groups[name]
    if not found:
        raise UsageError(f"there are no hidden tests called {name!r}; there are: {', '.join(sorted(known))}")
    if len(found) > 1:
        raise GraderError(f"{' and '.join(found)} both have hidden tests called {name!r}: rename one of them")
    ((homework, group),) = found.items()
    return homework, group

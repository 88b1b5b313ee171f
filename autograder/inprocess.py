"""Runs hidden tests in the notebook's own process: for instructors' source notebooks, by hand or under nbval."""

from __future__ import annotations

from autograder.course import Course
from autograder.errors import CheckFailed, UsageError
from autograder.student import Student
from autograder.testing import load_groups, run_group


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
    groups = {key: group for homework in course.homeworks for key, group in load_groups(homework).items()}
    if name not in groups:
        raise UsageError(f"there are no hidden tests called {name!r}; there are: {', '.join(sorted(groups))}")
    seed = course.assignment(course.homeworks[-1]).seed
    results = run_group(groups[name], Student.in_process(shell.user_ns), seed, 1.0)
    failed = [f"{result.name}: {result.message}" for result in results if not result.passed]
    if failed:
        raise CheckFailed(f"{len(failed)} of {len(results)} hidden tests of {name} failed\n" + "\n".join(failed))

"""How hidden tests are written, found and run.

A file in ``autograder/hidden_tests/<homework>/`` holds functions marked with `hidden_test`. Each is given a `Student`
and a seeded generator, calls the student's functions through the one, and raises `CheckFailed` (by `assert_close` and
its like) when a result is not as expected. A notebook's grading cell names a group of tests.
"""

from __future__ import annotations

import importlib
import pkgutil
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import numpy as np

from autograder.errors import CourseError, GraderError, StudentError
from autograder.results import TestResult
from autograder.student import Student

TestFunction = Callable[[Student, np.random.Generator], None]
OpenStudent = Callable[[tuple[str, ...]], AbstractContextManager[Student]]


@dataclass(frozen=True)
class HiddenTest:
    """One hidden test.

    Attributes
    ----------
    group : str
        What a grading cell calls it by, usually the name of the function that it is about.
    name : str
        What students see: the function's name with spaces.
    weight : float
        Its part of the cell's points, relative to the group's other tests.
    hint : str
        Shown with the message when it fails.
    run : callable
        The test itself.
    """

    group: str
    name: str
    weight: float
    hint: str
    run: TestFunction


@dataclass(frozen=True)
class Group:
    """All tests of one name, in the order in which they are written.

    Attributes
    ----------
    needs : tuple of str
        Functions of the student that these tests rest on. Where one of them is wrong, failed tests are run again with
        the course's version of all of them in place, so that one mistake is not paid for twice.
    """

    name: str
    tests: tuple[HiddenTest, ...]
    needs: tuple[str, ...] = ()


_tests: dict[str, list[HiddenTest]] = {}
_needs: dict[str, tuple[str, ...]] = {}


def hidden_test(group: str, *, weight: float = 1.0, hint: str = "") -> Callable[[TestFunction], TestFunction]:
    """Mark a function as a hidden test of `group`."""

    def register(function: TestFunction) -> TestFunction:
        name = function.__name__.replace("_", " ")
        tests = _tests.setdefault(group, [])
        # A module that is imported again (autoreload, an editor) replaces its tests.
        tests[:] = [test for test in tests if test.name != name]
        tests.append(HiddenTest(group, name, weight, hint, function))
        return function

    return register


def needs(group: str, *functions: str) -> None:
    """Say which of the student's functions the tests of `group` rest on."""
    _needs[group] = functions


def load_groups(homework: str) -> dict[str, Group]:
    """Import the hidden tests of a homework.

    Raises
    ------
    GraderError
        If the homework has no folder of hidden tests.
    """
    try:
        package = importlib.import_module(f"autograder.hidden_tests.{homework}")
    except ModuleNotFoundError as error:
        raise GraderError(f"no hidden tests for {homework}: expected autograder/hidden_tests/{homework}/") from error
    modules = {module.name for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")}
    for module in sorted(modules):
        importlib.import_module(module)
    return {
        name: Group(name, tuple(tests), _needs.get(name, ()))
        for name, tests in _tests.items()
        if tests[0].run.__module__ in modules
    }


def run_group(group: Group, student: Student, seed: int, points: float) -> list[TestResult]:
    """Run a group of tests and share out `points` among those that pass."""
    return [run_test(test, student, seed, share) for test, share in shares(group.tests, points)]


def run_groups(
    asked: Mapping[str, tuple[Group, float]], opened: OpenStudent, seed: int, known: Mapping[str, Group] | None = None
) -> dict[str, list[TestResult]]:
    """Run groups of tests, so that one mistake is not paid for twice.

    A failed test of a group that rests on functions (its `needs`) whose own tests have failed is run again with the
    course's versions of all those functions in place of the student's; what passes then is not lost.

    Parameters
    ----------
    asked : mapping
        The groups and their points, by name.
    opened : callable
        Given the names of functions, a context manager that yields the student with the course's versions of them in
        place; given none, the student as they are.
    seed : int
        Seeds the inputs.
    known : mapping, optional
        All groups of the homework. What these tests rest on may be defined in another notebook, and have its points
        there; it is tested here, for nothing, where a test that rests on it fails.

    Returns
    -------
    dict
        The results of each group.
    """
    with opened(()) as student:
        results = {name: run_group(group, student, seed, points) for name, (group, points) in asked.items()}
        wrong = {name for name, tests in results.items() if not all(test.passed for test in tests)}
        elsewhere = {need for name in wrong for need in asked[name][0].needs}.difference(asked)
        # A function without tests of its own, here and elsewhere, may be wrong.
        wrong |= {need for need in elsewhere if not (known and need in known and _passes(known[need], student, seed))}
    again: dict[tuple[str, ...], list[str]] = {}
    for name in asked:
        if name in wrong and wrong.intersection(asked[name][0].needs):
            again.setdefault(asked[name][0].needs, []).append(name)
    for needed, names in again.items():
        with opened(needed) as student:
            for name in names:
                culprits = [need for need in needed if need in wrong]
                results[name] = _run_failed(*asked[name], results[name], student, seed, culprits)
    return results


def _passes(group: Group, student: Student, seed: int) -> bool:
    return all(test.passed for test in run_group(group, student, seed, 0.0))


def _run_failed(
    group: Group, points: float, results: list[TestResult], student: Student, seed: int, culprits: list[str]
) -> list[TestResult]:
    """Run the failed tests of a group again; those that pass now take the place of the old results."""
    improved = []
    for old, (test, share) in zip(results, shares(group.tests, points), strict=True):
        new = old if old.passed else run_test(test, student, seed, share)
        if new.passed and not old.passed:
            new = replace(new, message=f"passed with the course's {' and '.join(culprits)} in place of yours")
        improved.append(new if new.passed else old)
    return improved


def shares(tests: Iterable[HiddenTest], points: float) -> list[tuple[HiddenTest, float]]:
    """Each test with its part of `points`, in proportion to its weight."""
    tests = list(tests)
    total = sum(test.weight for test in tests)
    return [(test, points * test.weight / total) for test in tests]


def run_test(test: HiddenTest, student: Student, seed: int, points: float) -> TestResult:
    """Run one test.

    Every test has a generator of its own, drawn from the course's seed and the test's name, so that a test that is
    added or removed changes no other test's numbers.

    Raises
    ------
    GraderError
        If the test itself is broken: it raised something that is not the student's doing.
    """
    rng = np.random.default_rng([seed, zlib.crc32(f"{test.group}/{test.name}".encode())])
    started = time.monotonic()
    passed, message = True, ""
    try:
        student.forget()
        test.run(student, rng)
    except StudentError as error:
        passed, message = False, str(error)
        if test.hint:
            message = f"{message}{'' if message.endswith(('.', '?', '!')) else '.'} {test.hint}"
    except CourseError:
        raise
    except Exception as error:
        raise GraderError(f"the hidden test {test.group}/{test.name} is broken: {error!r}") from error
    seconds = round(time.monotonic() - started, 3)
    return TestResult(test.name, passed, points if passed else 0.0, points, message, seconds)

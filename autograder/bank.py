"""Banks of small solutions that the hidden tests are tried on: wrong ones, and right ones that look different.

Each is one file in ``tests/banks/<homework>/<notebook>/<kind>/`` with the functions that it replaces in the course's
own solution; ``tests/banks/README.md`` describes the format. Everything here runs in this very process, on code that
the course has written itself; students' code never comes this way.
"""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import re
import sys
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from autograder import notebooks
from autograder.errors import UsageError
from autograder.record import siblings_in
from autograder.results import TestResult
from autograder.student import Student
from autograder.testing import Group, load_groups, run_groups

ROOT = Path(__file__).resolve().parents[1]
KINDS = ("mutants", "right")


@dataclass(frozen=True)
class Entry:
    """One file of a bank."""

    path: Path
    homework: str
    notebook: str
    kind: str
    """``mutants`` (wrong) or ``right`` (right, but different)."""
    source: str
    about: str
    """What is wrong or different: the first line of the docstring."""
    loses: tuple[str, ...] = ()
    """The groups of hidden tests that must lose points; all others keep theirs."""
    message: str = ""
    """A regular expression that the messages of the first of these groups must match."""

    def __str__(self) -> str:
        return f"{self.notebook}/{self.kind}/{self.path.stem}"


def entries(homework: str, kind: str, root: Path = ROOT) -> list[Entry]:
    """All files of one kind, by name.

    Raises
    ------
    UsageError
        If a file is not as the README asks.
    """
    return [read(path) for path in sorted((root / "tests" / "banks" / homework).glob(f"*/{kind}/*.py"))]


def read(path: Path) -> Entry:
    """Read one file of a bank.

    Raises
    ------
    UsageError
        If its docstring is missing, or its `loses` and `message` do not fit its kind.
    """
    source = path.read_text(encoding="utf-8")
    about = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
    marks = dict(re.findall(r"^# (loses|message): *(.+?) *$", source, re.MULTILINE))
    homework, notebook, kind = path.parts[-4:-1]
    if not about:
        raise UsageError(f"{path}: begin with a docstring that says what is wrong or different")
    if kind not in KINDS or (len(marks) == 2) != (kind == "mutants"):
        raise UsageError(f"{path}: a file in mutants/ needs `# loses:` and `# message:`, one in right/ has neither")
    loses = tuple(name.strip() for name in marks.get("loses", "").split(",") if name.strip())
    return Entry(path, homework, notebook, kind, source, about, loses, marks.get("message", ""))


@cache
def course_cells(homework: str, notebook: str) -> tuple[tuple[str, str], ...]:
    """What the course's solution of a notebook consists of: the given cells' imports and the solution cells' code.

    Returns
    -------
    tuple of (str, str)
        A name for tracebacks, and the code.
    """
    built = notebooks.build_from_twin(ROOT / "assignments" / homework / f"{notebook}.py").cells
    given = "\n".join(cell.source for cell in built if not notebooks.meta_of(cell).get("solution"))
    cells = [cell for sibling in siblings_in(given) for cell in course_cells(homework, sibling)]
    for cell in built:
        if cell.cell_type != "code":
            continue
        name = f"<{notebook}: {notebooks.grade_id_of(cell)}>"
        cells.append((name, cell.source if notebooks.meta_of(cell).get("solution") else _imports(cell.source)))
    return tuple(cells)


def _imports(source: str) -> str:
    # The checks and the tests are not part of a solution; the grader has its own.
    nodes = [node for node in ast.parse(source).body if isinstance(node, (ast.Import, ast.ImportFrom))]
    lines = map(ast.unparse, nodes)
    return "\n".join(line for line in lines if "autograder" not in line and "utils.checks" not in line)


def namespace(homework: str, notebook: str, *sources: str) -> dict[str, Any]:
    """The course's solution, with `sources` run on top of it: what a kernel holds after a submission's cells."""
    module = types.ModuleType("__main__")
    for name, code in [*course_cells(homework, notebook), *((f"<bank {i}>", code) for i, code in enumerate(sources))]:
        # As IPython does, so that a message can quote the line that raised.
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
        exec(compile(code, name, "exec"), module.__dict__)
    return module.__dict__


@cache
def groups(homework: str, notebook: str) -> dict[str, tuple[Group, float]]:
    """The groups of hidden tests that a notebook's grading cells name, with the cells' points."""
    known = load_groups(homework)
    found = {}
    for cell in notebooks.build_from_twin(ROOT / "assignments" / homework / f"{notebook}.py").cells:
        for name in re.findall(r"^hidden_tests\([\"'](\w+)[\"']\)", cell.source, re.MULTILINE):
            found[name] = (known[name], float(notebooks.meta_of(cell)["points"]))
    return found


def grade(homework: str, notebook: str, *sources: str, seed: int = 0) -> dict[str, list[TestResult]]:
    """Run all hidden tests of a notebook on the course's solution with `sources` on top.

    Failed tests of a group that rests on a function whose own tests failed are run once more with the course's
    versions of all functions that the group rests on; what passes then is not lost.

    Returns
    -------
    dict
        The results of each group.
    """

    @contextlib.contextmanager
    def opened(needed: tuple[str, ...]) -> Iterator[Student]:
        own = namespace(homework, notebook, *sources)
        course = namespace(homework, notebook) if needed else {}
        # Functions keep the globals that they were made with, so the course's still find what they need.
        own.update({name: course[name] for name in needed})
        yield Student.in_process(own, "\n".join(sources))

    with _in_peace():
        return run_groups(groups(homework, notebook), opened, seed)


@contextlib.contextmanager
def _in_peace() -> Iterator[None]:
    """Neither what a solution prints nor what it warns about is anybody's business here."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def report(path: Path) -> None:
    """Print what becomes of one file: the points of each group, and the message of every failed test."""
    entry = read(path.resolve())
    print(f"{entry}: {entry.about}")
    for name, tests in grade(entry.homework, entry.notebook, entry.source).items():
        print(f"{name}: {sum(test.points for test in tests):.2f} of {sum(test.max_points for test in tests):.2f}")
        for test in tests:
            if not test.passed:
                print(f"    {test.name}: {test.message}")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        report(Path(argument))

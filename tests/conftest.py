"""What many tests share: a released course in a folder of its own, and submissions to put into it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from nbformat import NotebookNode

from autograder import notebooks
from autograder.course import Course
from autograder.demo import copy_course
from autograder.grade import grade as run
from autograder.options import Options
from autograder.policy import GradingPolicy
from autograder.pool import InProcess
from autograder.release import release
from autograder.results import NotebookResult
from autograder.samples import fill_in, solutions_of
from utils.data.store import MIRROR_VARIABLE

ROOT = Path(__file__).resolve().parents[1]

# The same examples in every run: what fails for one person fails for the next.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

_REAL_DATA = os.environ.get(MIRROR_VARIABLE, "")


@pytest.fixture(scope="session", autouse=True)
def _same_everywhere() -> Iterator[None]:
    """Several test processes and kernels share few cores; what a person has set for the course is not seen."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(MIRROR_VARIABLE, raising=False)
        patch.delenv("COURSE_PROFILE", raising=False)
        yield


@pytest.fixture
def real_data(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The homework's real data; a test that asks for them carries the marker ``real_data``."""
    if not _REAL_DATA:
        pytest.skip(f"{MIRROR_VARIABLE} is not set: the real data are not here")
    monkeypatch.setenv(MIRROR_VARIABLE, _REAL_DATA)
    return Path(_REAL_DATA)


@pytest.fixture(scope="session")
def repository() -> Course:
    """The checkout itself; tests only read it."""
    return Course(ROOT)


@pytest.fixture(scope="session")
def released(repository: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A released copy of the course with short limits, made once; copy it before changing anything."""
    course = copy_course(repository, tmp_path_factory.mktemp("released") / "course", keep=("3_rnn", "4_lstm"))
    policy = course.root / "assignments" / "hw2" / "assignment.toml"
    text = policy.read_text(encoding="utf-8")
    for name, value in (("cell_seconds", 8), ("notebook_seconds", 60), ("call_seconds", 4)):
        text = re.sub(rf"(?m)^{name} = \d+", f"{name} = {value}", text)
    policy.write_text(text, encoding="utf-8")
    release(course, "hw2")
    return course


@pytest.fixture
def course(released: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A released course of one's own; it is the current folder while the test runs."""
    folder = tmp_path / "course"
    shutil.copytree(released.root, folder)
    monkeypatch.chdir(folder)
    return Course(folder)


Submit = Callable[..., Path]


@pytest.fixture
def submit(course: Course) -> Submit:
    """Hand something in: a notebook, bytes, or the released notebook with some solution cells filled in."""

    def put(student: str, name: str, content: NotebookNode | bytes | dict[str, str], file: str | None = None) -> Path:
        folder = course.submitted(student, "hw2")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (file or f"{name}.ipynb")
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            notebook = content if isinstance(content, NotebookNode) else fill_in(course, "hw2", name, content)
            path.write_text(notebooks.dumps(notebook), encoding="utf-8")
        return path

    return put


@pytest.fixture(scope="session")
def workers() -> Iterator[Callable[[GradingPolicy], InProcess]]:
    """What grades in this process, with one warm server for all tests that grade under the same policy."""
    opened: dict[str, InProcess] = {}

    def worker(policy: GradingPolicy) -> InProcess:
        run = policy.run(policy.records(), threads=1)
        if repr(run) not in opened:
            opened[repr(run)] = InProcess(run)
        return opened[repr(run)]

    yield worker
    for scheduler in opened.values():
        scheduler.close()


@pytest.fixture
def grade(
    course: Course, workers: Callable[[GradingPolicy], InProcess]
) -> Callable[..., dict[tuple[str, str], NotebookResult]]:
    """Grade what was handed in; results by student and notebook."""

    def grade_all(*students: str, notebook: str = "*", sandbox: str = "full") -> dict[tuple[str, str], NotebookResult]:
        policy = GradingPolicy(course, course.assignment("hw2"), "smoke", sandbox)
        results = run(policy, Options(students, notebook), scheduler=workers(policy))
        return {(n.student, n.notebook): n for result in results for n in result.notebooks}

    return grade_all


@pytest.fixture(scope="session")
def solutions(repository: Course) -> dict[str, dict[str, str]]:
    """The course's solutions, by notebook and ``grade_id``."""
    return {name: solutions_of(repository, "hw2", name) for name in ("3_rnn", "4_lstm")}

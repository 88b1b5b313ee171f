"""What has been graded already, so that a run that was broken off is taken up where it stopped.

One file for each notebook of each student below ``.course/graded/<homework>/``, put in place in one step, so that it is
there whole or not at all. Its first line holds the result, and a key made of all that decides it: the submitted bytes,
the release, the hidden tests, the grader, the limits and the seed; under another key it counts for nothing. The graded
notebook follows.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from autograder.course import Course
from autograder.files import write_whole
from autograder.jobs import Job, Outcome, Run
from autograder.results import NotebookResult

_PACKAGES = ("numpy", "torch", "torchvision", "ipykernel", "ipython")
_ROOT = Path(__file__).resolve().parents[1]


class Journal:
    """The graded notebooks of a homework, on disk.

    Parameters
    ----------
    course : Course
        Where.
    homework : str
        Which homework's.
    """

    def __init__(self, course: Course, homework: str) -> None:
        self._folder = course.private / "graded" / homework

    def note(self, outcome: Outcome) -> None:
        """Keep what came of a job.

        Raises
        ------
        OSError
            If it cannot be written, for example because the disk is full. What was kept before stays.
        """
        head = {"key": outcome.key, "result": outcome.result.as_json()}
        text = f"{json.dumps(head)}\n{outcome.graded}"
        write_whole(self._path(outcome.student, outcome.notebook), text, lasting=True)

    def find(self, job: Job) -> Outcome | None:
        """What is kept for a job, if it was done under the same key."""
        path = self._path(job.student, job.notebook)
        head = _head(path)
        if head.get("key") != job.key:
            return None
        with suppress(OSError, ValueError, KeyError, TypeError):
            graded = path.read_text(encoding="utf-8").partition("\n")[2]
            result = NotebookResult.from_json(head["result"])
            return Outcome(job.student, job.notebook, job.key, graded, result)
        return None

    def seconds(self) -> dict[tuple[str, str], float]:
        """How long each student's notebooks took the last time; for the student ``""``, how long they usually do."""
        taken: dict[tuple[str, str], float] = {}
        for path in self._folder.glob("*/*.json"):
            result = _head(path).get("result")
            if result:
                taken[result["student"], result["notebook"]] = result["seconds"]
        usual: dict[str, list[float]] = {}
        for (_, notebook), value in taken.items():
            usual.setdefault(notebook, []).append(value)
        return taken | {("", notebook): statistics.median(values) for notebook, values in usual.items()}

    def _path(self, student: str, notebook: str) -> Path:
        return self._folder / quote(student, safe="") / f"{notebook}.json"


def _head(path: Path) -> dict[str, Any]:
    """The first line of an entry; empty if there is none or somebody has damaged it."""
    with suppress(OSError, ValueError), path.open(encoding="utf-8") as file:
        head = json.loads(file.readline())
        if isinstance(head, dict):
            return head
    return {}


def base_of(run: Run, notebook: str) -> str:
    """What the keys of one notebook's submissions are made from: its release and settings, and the grader itself."""
    kind = run.kinds[notebook]
    settings = {
        "limits": asdict(run.limits),
        "profile": run.profile,
        "seed": run.seed,
        "device": kind.device,
        "record": [asdict(cell) for cell in kind.record.cells],
        "course": dict(run.course_code),
        "grader": grader_version(run.homework),
    }
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()


def key_of(base: str, content: bytes, refused: str, siblings: Mapping[str, tuple[bytes, str]]) -> str:
    """A name for a piece of work that changes with everything that its result depends on.

    Parameters
    ----------
    base : str
        What `base_of` says of the notebook.
    content, refused
        The submitted file, or why it was not read.
    siblings : mapping
        The same of the notebooks that it builds on.
    """
    beside = {name: (hashlib.sha256(data).hexdigest(), why) for name, (data, why) in siblings.items()}
    digest = hashlib.sha256(json.dumps([base, refused, beside], sort_keys=True).encode())
    digest.update(content)
    return digest.hexdigest()


@cache
def grader_version(homework: str) -> str:
    """A name for the code that grades: this package, `utils`, the homework's hidden tests, and what they run on."""
    digest = hashlib.sha256(sys.version.encode())
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            digest.update(f"{name} {version(name)}".encode())
    others = _ROOT / "autograder" / "hidden_tests"
    for path in sorted(
        (*_ROOT.glob("autograder/**/*.py"), *_ROOT.glob("utils/**/*.py"), *_ROOT.glob("utils/**/*.toml"))
    ):
        if not path.is_relative_to(others) or path.is_relative_to(others / homework):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()

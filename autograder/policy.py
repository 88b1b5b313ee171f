"""How this run grades: the homework's policy together with what the command line or the environment chose."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from autograder.assignment import Assignment, Limits
from autograder.course import Course
from autograder.course_code import course_code
from autograder.errors import UsageError
from autograder.jobs import NotebookKind, Run
from autograder.launching import make_launcher, require_data
from autograder.layers import MODES, require
from autograder.record import Record, load_record
from autograder.sandbox import gpu_devices

if TYPE_CHECKING:
    from autograder.grading import Setup

DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class GradingPolicy:
    """What applies to every notebook of one run.

    Attributes
    ----------
    profile : str
        ``smoke`` or ``full``: which limits and data.
    sandbox : str
        ``full`` refuses to run where a layer of the confinement is missing, ``partial`` goes on with the layers that
        are there, ``off`` runs without any.
    device : str
        ``auto`` for a GPU where there is one and the notebook gains from it, ``cpu``, or ``cuda``, which insists on it.
    """

    course: Course
    assignment: Assignment
    profile: str = "smoke"
    sandbox: str = "full"
    device: str = "auto"

    @classmethod
    def load(cls, course: Course, homework: str) -> GradingPolicy:
        """The policy for a homework, with ``COURSE_PROFILE`` and ``COURSE_SANDBOX`` from the environment.

        The environment is how a choice reaches the steps that nbgrader itself calls.

        Raises
        ------
        UsageError
            For an unknown homework, profile or sandbox mode.
        """
        chosen = os.environ.get("COURSE_PROFILE", "smoke"), os.environ.get("COURSE_SANDBOX", "full")
        return cls(course, course.assignment(homework), *chosen)

    def __post_init__(self) -> None:
        self.assignment.limits(self.profile)
        if self.device not in DEVICES:
            raise UsageError(f"unknown device {self.device!r}; choose one of {', '.join(DEVICES)}")
        if self.device == "cuda" and not gpu_devices():
            raise UsageError("--device cuda: there is no NVIDIA GPU on this machine, or CUDA_VISIBLE_DEVICES hides it")
        if self.sandbox not in MODES:
            raise UsageError(f"unknown sandbox mode {self.sandbox!r}; choose one of {', '.join(MODES)}")

    def warnings(self) -> list[str]:
        """What the person who grades should know about the protection; `SandboxUnavailable` if it is not enough."""
        return require(self.sandbox)

    @property
    def limits(self) -> Limits:
        """The limits of the chosen profile."""
        return self.assignment.limits(self.profile)

    def records(self) -> dict[str, Record]:
        """The homework's notebooks as released, by name.

        Raises
        ------
        ReleaseMismatch
            If one of them is not as recorded.
        """
        homework = self.assignment.name
        return {entry.name: load_record(self.course, homework, entry.name) for entry in self.assignment.notebooks}

    def run(self, records: Mapping[str, Record], threads: int) -> Run:
        """What workers have to know; `threads` are for the computations of one kernel."""
        return Run(
            homework=self.assignment.name,
            profile=self.profile,
            sandbox=self.sandbox,
            limits=self.limits,
            seed=self.assignment.seed,
            course_code=_course_code(self.course, self.assignment.name),
            kinds={name: NotebookKind(record, self.device_of(name)) for name, record in records.items()},
            threads=threads,
        )

    def device_of(self, notebook: str) -> str:
        """What a notebook may compute on: ``cpu`` or ``auto``."""
        return "cpu" if self.device == "cpu" else self.assignment.notebook(notebook).device

    def setup(self, notebook: str) -> Setup:
        """All that is needed to grade one of the homework's notebooks.

        Raises
        ------
        GraderError
            If this machine does not have it: a release as recorded, the sandbox, the data.
        """
        from autograder.grading import Setup
        from autograder.testing import load_groups

        require_data(notebook, self.profile)
        homework = self.assignment.name
        return Setup(
            record=load_record(self.course, homework, notebook),
            groups=load_groups(homework),
            launcher=make_launcher(self.sandbox, self.limits, self.device_of(notebook), notebook, self.profile),
            limits=self.limits,
            seed=self.assignment.seed,
            course_code=_course_code(self.course, homework),
        )


@cache
def _course_code(course: Course, homework: str) -> dict[str, str]:
    return course_code(course, homework)

"""What travels between the coordinator of a run and its workers: work, and what came of it.

Everything here is plain data that can be pickled, and needs no file of the coordinator's: a worker may be on another
machine. Only the coordinator and workers, which are the grader's own, ever unpickle it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from autograder.assignment import Limits
from autograder.record import Record
from autograder.results import NotebookResult, Status


@dataclass(frozen=True)
class NotebookKind:
    """What all submissions of one notebook have in common.

    Attributes
    ----------
    record : Record
        The notebook as released.
    device : str
        ``cpu`` or ``auto``, as the policy has it.
    """

    record: Record
    device: str


@dataclass(frozen=True)
class Run:
    """What all work of one run has in common; sent to each worker once.

    Attributes
    ----------
    homework, profile, sandbox
        As the command line has them.
    limits : Limits
        Of one notebook.
    seed : int
        Seeds the inputs of the tests.
    course_code : mapping
        The course's own functions, for tests that rest on another part of the homework.
    kinds : mapping
        The notebooks of the homework, by name.
    threads : int
        For the computations of one kernel.
    """

    homework: str
    profile: str
    sandbox: str
    limits: Limits
    seed: int
    course_code: Mapping[str, str]
    kinds: Mapping[str, NotebookKind]
    threads: int = 1


@dataclass(frozen=True)
class Job:
    """One notebook of one student, to be graded.

    Attributes
    ----------
    key : str
        Names the work by its content: see `autograder.journal.key_of`.
    content : bytes
        The submitted file; anything at all.
    refused : str
        Why the file was not read, if it was not.
    siblings : mapping
        The student's notebooks that this one builds on, as `autograder.siblings` makes them.
    """

    student: str
    notebook: str
    key: str
    content: bytes = b""
    refused: str = ""
    siblings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """How far a job has got.

    Attributes
    ----------
    cell, cells : int
        The number of the cell that begins to run, and how many there are.
    name : str
        What the cell is called, or what is done after the last one.
    """

    student: str
    notebook: str
    cell: int
    cells: int
    name: str


def nobody(step: Step) -> None:
    """Is told of a step, and does nothing."""


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    Attributes
    ----------
    graded : str
        The graded notebook as text; empty if it could not be graded.
    result : NotebookResult
        Its status is ``NOT_GRADED`` if the grader failed, with the reason among its notes.
    remarks : tuple of str
        What the person who grades should know about the worker, such as why its kernels start afresh.
    """

    student: str
    notebook: str
    key: str
    graded: str
    result: NotebookResult
    remarks: tuple[str, ...] = ()


def failed(job: Job, reason: str) -> Outcome:
    """The outcome of a job that the grader could not do."""
    result = NotebookResult(job.student, job.notebook, Status.NOT_GRADED, notes=(reason,))
    return Outcome(job.student, job.notebook, job.key, "", result)


class Scheduler(Protocol):
    """Carries out jobs, wherever it may be."""

    def run(self, jobs: Iterable[Job], tell: Callable[[Step], None] = nobody) -> Iterator[Outcome]:
        """Carry out the jobs, in about the order in which they come, and yield what came of each as it is there.

        Every job has an outcome, in any order. Jobs are taken from the iterable as they can be started. `tell` is
        called with the steps of all jobs, from any thread.
        """

    def describe(self) -> str:
        """Where the work is done, in a few words for a person."""

    def close(self) -> None:
        """Stop all work, at once."""

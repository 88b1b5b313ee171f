"""Does the grader's work on one notebook at a time: sanitise, run, test. Knows no gradebook and no course folder.

Forked by `autograder.fork_server`, or called by Dask through `Workshop.of`.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

from autograder import notebooks
from autograder.errors import CourseError
from autograder.grading import Setup, grade_notebook
from autograder.jobs import Job, NotebookKind, Outcome, Run, Step, failed, nobody
from autograder.launching import box_for, kernel_policy, require_data
from autograder.provisioner import Launcher
from autograder.sandbox import ConfinedLauncher, Policy
from autograder.sanitise import refused, sanitise
from autograder.testing import load_groups
from autograder.warm import Launchers, Lines
from utils.settings import PROFILE_VARIABLE


class Workshop:
    """All that a process keeps from one job to the next: the homework's tests, and a warm server.

    Parameters
    ----------
    run : Run
        What the jobs have in common.
    lines : mapping, optional
        Warm servers that are there already.
    """

    def __init__(self, run: Run, lines: Lines | None = None) -> None:
        self.run = run
        self._groups = load_groups(run.homework)
        self._launchers = Launchers(lines)

    @classmethod
    def of(cls, run: Run, key: str) -> Workshop:
        """The workshop of this process for a run, opened by its first job; those of other runs are closed."""
        with _one_at_a_time:
            if key not in _workshops:
                for other in list(_workshops):
                    _workshops.pop(other).close()
                _workshops[key] = cls(run)
            return _workshops[key]

    @classmethod
    def close_all(cls) -> None:
        """End all workshops of this process."""
        with _one_at_a_time:
            while _workshops:
                _workshops.popitem()[1].close()

    def do(self, job: Job, tell: Callable[[Step], None] = nobody) -> Outcome:
        """Grade one notebook; whatever goes wrong is in the outcome."""
        try:
            return self._grade(job, tell)
        except CourseError as error:
            return failed(job, str(error))
        except Exception as error:  # a defect of the grader's; the run goes on
            return failed(job, f"the grader failed: {error!r}")

    def close(self) -> None:
        """End what was kept."""
        self._launchers.close()

    def _grade(self, job: Job, tell: Callable[[Step], None]) -> Outcome:
        kind = self.run.kinds[job.notebook]
        require_data(job.notebook, self.run.profile)
        clean = refused(kind.record, job.refused) if job.refused else sanitise(job.content, kind.record)
        policy = kernel_policy(
            self.run.sandbox, self.run.limits, kind.device, job.notebook, self.run.profile, self.run.threads
        )
        setup = Setup(
            record=kind.record,
            groups=self._groups,
            launcher=self._launcher(policy, kind),
            limits=self.run.limits,
            seed=self.run.seed,
            course_code=self.run.course_code,
            tell=lambda cell, cells, name: tell(Step(job.student, job.notebook, cell, cells, name)),
        )
        with _profile(self.run.profile):
            result = grade_notebook(clean.notebook, setup, job.student, clean.status, clean.notes, job.siblings)
        remarks = tuple(self._launchers.notes)
        return Outcome(job.student, job.notebook, job.key, notebooks.dumps(clean.notebook), result, remarks)

    def _launcher(self, policy: Policy, kind: NotebookKind) -> Launcher:
        """Warm kernels, but fresh ones for notebooks that train with PyTorch (those that may have a GPU).

        In one of a dozen runs, long optimisations with PyTorch have ended their forked kernels, for a reason that was
        not found; in fresh kernels never. Beside the training the start does not count.
        """
        if kind.device != "cpu":
            return ConfinedLauncher(policy)
        return self._launchers.get(policy, box_for(policy), "torch" in kind.record.imports)


@contextlib.contextmanager
def _profile(name: str) -> Iterator[None]:
    """Hidden tests choose data and goals as notebooks do: by the environment."""
    before = os.environ.get(PROFILE_VARIABLE)
    os.environ[PROFILE_VARIABLE] = name
    try:
        yield
    finally:
        if before is None:
            del os.environ[PROFILE_VARIABLE]
        else:
            os.environ[PROFILE_VARIABLE] = before


_workshops: dict[str, Workshop] = {}
_one_at_a_time = threading.Lock()


def serve(link: Connection, lines: Lines) -> None:
    """Do the jobs that come over a link.

    First comes a `Run`, with variables for the environment; then one `Job` after another, each answered by any number
    of `Step`s and an `Outcome`.

    Parameters
    ----------
    link : Connection
        To the coordinator.
    lines : mapping
        Warm servers that are there already.
    """
    try:
        run, variables = link.recv()
    except EOFError:
        return  # there is nothing to do
    os.environ.update(variables)
    workshop = Workshop(run, lines)
    try:
        with contextlib.suppress(EOFError):
            while (job := link.recv()) is not None:
                link.send(workshop.do(job, link.send))
    finally:
        workshop.close()

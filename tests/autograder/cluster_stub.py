"""Work for `test_cluster` that Dask's workers can import."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from autograder.jobs import Job, Outcome
from autograder.results import NotebookResult, Status


def stub(job: Job, key: str) -> Outcome:
    """In the place of the real work: says which process did it, and ends that process if the job says so."""
    if job.content == b"slow":
        time.sleep(0.3)
    if job.content.startswith(b"end"):
        marks = Path(job.content.decode().split()[1])
        left = len(list(marks.iterdir()))
        if left:
            next(marks.iterdir()).unlink()
            os.kill(os.getpid(), signal.SIGKILL)
    result = NotebookResult(job.student, job.notebook, Status.GRADED, notes=(str(os.getpid()),))
    return Outcome(job.student, job.notebook, job.key, "{}", result)

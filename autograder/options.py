"""How a run is to go about it: whom to grade, what, where, and how many notebooks at a time."""

from __future__ import annotations

import os
from dataclasses import dataclass

from autograder.crew import Crew
from autograder.gpus import gpus
from autograder.launching import box_for, kernel_policy
from autograder.policy import GradingPolicy


@dataclass(frozen=True)
class Options:
    """How a run is to go about it.

    Attributes
    ----------
    students : tuple of str
        Whom to grade; everybody with a submission if empty.
    notebook : str
        Which notebook to grade; all by default.
    jobs : int
        How many notebooks at a time; 0 for as many as there are cores.
    scheduler : str
        Where: empty for processes on this machine, else as `autograder.cluster` reads it.
    fresh : bool
        Whether to grade again what is graded already and unchanged.
    """

    students: tuple[str, ...] = ()
    notebook: str = "*"
    jobs: int = 0
    scheduler: str = ""
    fresh: bool = False

    def wanted(self, policy: GradingPolicy) -> list[str]:
        """The names of the notebooks to grade."""
        if self.notebook == "*":
            return [entry.name for entry in policy.assignment.notebooks]
        return [policy.assignment.notebook(self.notebook).name]

    def at_a_time(self, policy: GradingPolicy) -> int:
        """How many notebooks: as asked for, or as many as the GPUs hold where they want one, or as there are cores."""
        if self.jobs:
            return self.jobs
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        cards = gpus() if any(policy.device_of(name) != "cpu" for name in self.wanted(policy)) else []
        if not cards:
            return cores
        fit = sum(card.notebooks(policy.limits.gpu_memory_mib) for card in cards)
        return max(len(cards), min(fit, cores))

    def threads(self, count: int) -> int:
        """For the computations of one notebook of `count` at a time, so that they don't fight for the cores."""
        return 1 if self.scheduler else max(1, (os.cpu_count() or 1) // count)


def start_ahead(policy: GradingPolicy, options: Options) -> Crew:
    """Start what a run on this machine will need; it takes as long to start as nbgrader to be imported.

    The warm server is one for notebooks that do without PyTorch; most of the others want kernels of their own.

    Returns
    -------
    Crew
        To be closed by whoever called this.
    """
    crew = Crew(policy.assignment.name)
    if any(policy.device_of(name) == "cpu" for name in options.wanted(policy)):
        threads = options.threads(options.at_a_time(policy))
        crew.servers.begin(box_for(kernel_policy(policy.sandbox, policy.limits, "cpu", threads=threads)), torch=False)
    crew.begin()
    return crew

"""Starts the kernel of a submission, confined: what the grader runs as ``python -m autograder.kernel.launch``.

The order matters. Files, privileges and limits are given up while there is one thread only, so before NumPy is
imported, whose BLAS starts more; system calls last, when ipykernel has bound its sockets, which needs some of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from autograder.kernel import confine


def run(limits: confine.Limits, argv: list[str], before_start: Callable[[], None] = lambda: None) -> None:
    """Confine this process and be a kernel in it, until that ends.

    Parameters
    ----------
    limits : Limits
        What it may use and see.
    argv : list of str
        The arguments of ``ipykernel_launcher``.
    before_start : callable
        Called last, when all that can fail has been done.
    """
    confine.before_kernel(limits)
    from autograder.kernel import loaders
    from autograder.kernel.app import CourseKernelApp

    loaders.install()
    app = CourseKernelApp.instance()
    app.initialize(argv)
    confine.after_kernel(limits)
    before_start()
    app.start()


def main() -> None:
    """Run a kernel with the limits in the environment and the arguments of the command line."""
    run(confine.Limits.from_environment(), sys.argv[1:])


if __name__ == "__main__":
    main()

"""Starts the kernel of a submission, confined: what the grader runs as ``python -m autograder.kernel.launch``.

The order matters. Files, privileges and limits are given up while there is one thread only, so before NumPy is
imported, whose BLAS starts more; system calls last, when ipykernel has bound its sockets, which needs some of them.
"""

from __future__ import annotations

import sys

from autograder.kernel import confine


def main(argv: list[str] | None = None) -> None:
    """Run a kernel with the arguments of ``ipykernel_launcher``."""
    limits = confine.Limits.from_environment()
    confine.before_kernel(limits)
    from autograder.kernel import loaders
    from autograder.kernel.app import CourseKernelApp

    loaders.install()
    app = CourseKernelApp.instance()
    app.initialize(argv if argv is not None else sys.argv[1:])
    confine.after_kernel(limits)
    app.start()


if __name__ == "__main__":
    main()

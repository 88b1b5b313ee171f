"""Says whether ``source/`` and ``release/`` are what the text twins give; exit code 1 if not. For pre-commit."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from autograder.course import Course
from autograder.demo import copy_course
from autograder.release import release


def main() -> int:
    """Build everything in a copy and compare."""
    course = Course.find(Path(__file__).parent)
    stale = []
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_course(course, Path(folder) / "course")
        for homework in copy.homeworks:
            stale += [path.relative_to(copy.root) for path in release(copy, homework)]
    for path in stale:
        print(f"{path} is not what assignments/ gives: run `make sync`")
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())

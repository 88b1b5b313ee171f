"""What the tests of the bundle share: a bundle that is unpacked, and a Python that knows nothing of the repository."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import venv
import zipfile
from pathlib import Path

from autograder.bundling import bundle
from autograder.course import Course
from autograder.demo import copy_course
from autograder.release import release


def released_copy(repository: Course, folder: Path, homework: str) -> Course:
    """A copy of the course with one homework released in it."""
    course = copy_course(repository, folder / "course")
    release(course, homework)
    return course


def unpacked(course: Course, homework: str, folder: Path) -> Path:
    """Bundle a homework and unpack it: the folder that a student has."""
    with zipfile.ZipFile(bundle(course, homework, folder / "zip")) as archive:
        archive.extractall(folder)
    return folder / homework


def lonely_python(folder: Path) -> Path:
    """A Python with this one's packages and without the repository.

    The repository is installed by a link in a ``.pth`` file of the packages' folder. Such files are read where a
    folder is this Python's own, and not where it is only named in another's.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    base = {"base": str(folder), "platbase": str(folder)}
    own = Path(sysconfig.get_path("purelib", "venv", vars=base))
    theirs = dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib")))
    (own / "packages.pth").write_text("".join(f"{path}\n" for path in theirs), encoding="utf-8")
    return folder / "bin" / "python"


def run(python: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a Python in a folder, with nothing of this process's own that would help it find the repository."""
    helpful = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "COURSE_PROFILE")
    environment = {name: value for name, value in os.environ.items() if name not in helpful}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    command = [str(python), *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False)

"""Gradescope's autograder for one homework: ``setup.sh``, ``run_autograder`` and what of the course they need."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import autograder
from autograder.course import Course
from autograder.errors import UsageError

CODE = Path(autograder.__file__).resolve().parent.parent
"""The checkout that this package lies in."""
_FILES = Path(__file__).parent / "gradescope_files"
_PACKAGES = ("autograder", "utils")
_ROOT_FILES = ("pyproject.toml", "requirements.lock", "constraints-cuda.lock", "README.md", "LICENSE")
_INDEX = re.compile(r"https?://[\w./:@%+-]+")
_DATE = (1980, 1, 1, 0, 0, 0)  # the same for all, so that the same course gives the same zip


def autograder_zip(course: Course, homework: str, torch_index: str = "", code: Path = CODE) -> bytes:
    """Build the zip to upload to Gradescope.

    It holds the instructor's notebooks and the hidden tests, and no student's work, gradebook or roster: the gradebook
    is made by ``setup.sh`` from what is in the zip.

    Parameters
    ----------
    course : Course
        The course.
    homework : str
        For which homework.
    torch_index : str
        The package index from which torch is to come, such as one with builds for CPUs only; empty for the usual one.
    code : Path
        The checkout with the packages and lock files.

    Raises
    ------
    UsageError
        If the homework is unknown or not released, the package was not installed from a checkout, or `torch_index` is
        no address.
    """
    names = [policy.name for policy in course.assignment(homework).notebooks]
    missing = [name for name in names if not (course.release(homework) / f"{name}.ipynb").is_file()]
    if missing:
        raise UsageError(f"{homework} is not released, {missing[0]} is missing: run `course release {homework}` first")
    if torch_index and not _INDEX.fullmatch(torch_index):
        raise UsageError(f"expected an address like https://... for torch's index, got {torch_index!r}")
    lacking = [name for name in _ROOT_FILES if not (code / name).is_file()]
    if lacking:
        raise UsageError(f"{code} has no {lacking[0]}: run this from a checkout of the course's repository")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for script in ("setup.sh", "run_autograder"):
            text = (_FILES / script).read_text(encoding="utf-8")
            text = text.replace("@HOMEWORK@", homework).replace("@TORCH_INDEX@", torch_index)
            _add(archive, script, text.encode(), 0o755)
        for name, path in _contents(course, homework, code):
            _add(archive, f"course/{name}", path.read_bytes(), 0o644)
    return buffer.getvalue()


def _contents(course: Course, homework: str, code: Path) -> Iterator[tuple[str, Path]]:
    """Names in the zip below ``course/``, and where the files lie."""
    for name in _ROOT_FILES:
        yield name, code / name
    yield "nbgrader_config.py", course.root / "nbgrader_config.py"
    for package in _PACKAGES:
        yield from _below(code, package)
    for kind in ("assignments", "source", "release"):
        yield from _below(course.root, f"{kind}/{homework}")


def _below(root: Path, folder: str) -> Iterator[tuple[str, Path]]:
    for path in sorted((root / folder).rglob("*")):
        name = path.relative_to(root)
        made = any(part == "__pycache__" or part.startswith(".") for part in name.parts) or path.suffix == ".pyc"
        if path.is_file() and not path.is_symlink() and not made:
            yield name.as_posix(), path


def _add(archive: zipfile.ZipFile, name: str, data: bytes, mode: int) -> None:
    info = zipfile.ZipInfo(name, _DATE)
    info.external_attr = (0o100000 | mode) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)

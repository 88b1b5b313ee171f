"""Makes the zip that students get: notebooks, `utils`, requirements, a page to read first. The same bytes each time.

The bundle's ``homework.json`` says what it is a bundle of; ``python -m utils.submit`` reads it on the student's side.
"""

from __future__ import annotations

import hashlib
import io
import json
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from nbformat import NotebookNode

import utils
from autograder import notebooks
from autograder.assignment import Assignment
from autograder.colab import colab_cell
from autograder.course import Course
from autograder.errors import ReleaseMismatch, UsageError
from autograder.files import write_whole
from autograder.handout import HANDOUT, late_in_words, render_handout
from autograder.requirements import environment_yml, read_lock, requirements_txt

FORMAT = 1
"""Of ``homework.json``; a change that an older `utils.submit` could not read raises it."""
_SUFFIXES = frozenset((".py", ".json", ".npz", ".svg", ".toml", ".txt", ".csv", ".png"))
_PACKED = frozenset((".npz", ".png"))
# What must never be in a student's hands.
_MARKS = ("### BEGIN SOLUTION", "### BEGIN HIDDEN TESTS", "hidden_tests(", "from autograder", "import autograder")
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Published:
    """Where the unpacked bundle lies for everybody, from the table ``[bundle]`` of ``assignment.toml``.

    Attributes
    ----------
    github : str
        ``owner/repository``; empty if it is only handed out as a zip.
    branch : str
        The branch.
    """

    github: str = ""
    branch: str = "main"


def read_published(course: Course, homework: str) -> Published:
    """Read the table ``[bundle]``; it may be missing.

    Raises
    ------
    UsageError
        If it has another field, or one that is not text.
    """
    path = course.twins(homework) / "assignment.toml"
    course.assignment(homework)  # refuses a broken file with the reason
    table = tomllib.loads(path.read_text(encoding="utf-8")).get("bundle", {})
    if not isinstance(table, dict) or not table.keys() <= {"github", "branch"}:
        raise UsageError(f"{path} [bundle]: known fields are github and branch, got {table!r}")
    if not all(isinstance(value, str) and value for value in table.values()):
        raise UsageError(f'{path} [bundle]: expected text such as github = "owner/repository", got {table!r}')
    if "github" in table and table["github"].count("/") != 1:
        raise UsageError(f"{path} [bundle]: expected github to be owner/repository, got {table['github']!r}")
    return Published(**table)


def bundle(course: Course, homework: str, folder: Path) -> Path:
    """Write ``<homework>.zip``, whole or not at all.

    Parameters
    ----------
    course, homework
        What to bundle; ``release/<homework>/`` has to be there.
    folder : Path
        Where to put it; made if it is missing.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UsageError
        For an unknown homework, or if something in ``utils`` is not in the lock file.
    ReleaseMismatch
        If a notebook is not released, or a file holds a solution or a hidden test.
    """
    return write_whole(folder / f"{homework}.zip", zipped(homework, contents(course, homework)))


def contents(course: Course, homework: str) -> dict[str, bytes]:
    """All files of the bundle, by their paths in its folder."""
    assignment = course.assignment(homework)
    published = read_published(course, homework)
    files = _released_files(course, assignment, published) | _utils_files()
    lock = read_lock(course.root)
    needed = requirements_txt(lock, {name: data for name, data in files.items() if name.endswith((".py", ".ipynb"))})
    files["requirements.txt"] = needed.encode()
    files["environment.yml"] = environment_yml(homework, needed).encode()
    if (course.twins(homework) / HANDOUT).is_file():
        files["handout.html"] = render_handout(course, homework, published).encode()
    files["README.md"] = _readme(assignment, published, with_handout="handout.html" in files).encode()
    _refuse_leaks(files)
    files["homework.json"] = _description(course, assignment, files).encode()
    return files


def zipped(top: str, files: dict[str, bytes]) -> bytes:
    """A zip of the files below one folder: sorted, without times, owners or anything else of this machine."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{top}/{name}", _DATE)
            entry.compress_type = zipfile.ZIP_STORED if Path(name).suffix in _PACKED else zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, on whatever system it is made, so that the permissions count
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, files[name], compresslevel=9)
    return buffer.getvalue()


def _released_files(course: Course, assignment: Assignment, published: Published) -> dict[str, bytes]:
    folder = course.release(assignment.name)
    files = {}
    for policy in assignment.notebooks:
        path = folder / f"{policy.name}.ipynb"
        if not path.is_file():
            raise ReleaseMismatch(f"{path} does not exist: run `course release {assignment.name}`")
        notebook = notebooks.read(path)
        _put_first(notebook, colab_cell(assignment.name, published.github, published.branch))
        files[path.name] = notebooks.dumps(notebook).encode()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        # A notebook that the policy doesn't name is a left-over; anything else belongs to those that it does.
        if path.is_file() and path.suffix != ".ipynb" and not name.startswith("."):
            files[name] = path.read_bytes()
    return files


def _put_first(notebook: NotebookNode, cell: NotebookNode) -> None:
    """Put a code cell before the first code cell: readers see the title first, and nothing runs before it."""
    first = next((i for i, other in enumerate(notebook.cells) if other.cell_type == "code"), len(notebook.cells))
    notebook.cells.insert(first, cell)


def _utils_files() -> dict[str, bytes]:
    """The package `utils`, wherever it is imported from."""
    package = Path(utils.__file__).resolve().parent
    return {
        f"utils/{path.relative_to(package).as_posix()}": path.read_bytes()
        for path in sorted(package.rglob("*"))
        if path.is_file() and path.suffix in _SUFFIXES and not _private(path.relative_to(package))
    }


def _private(path: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def _readme(assignment: Assignment, published: Published, with_handout: bool) -> str:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, trim_blocks=True, keep_trailing_newline=True, autoescape=False)
    return environment.get_template("bundle_readme.md.j2").render(
        assignment=assignment,
        due=f"{assignment.due:%A, %d %B %Y, %H:%M} (UTC{assignment.due.isoformat()[19:]})",
        late=late_in_words(assignment.late),
        points=f"{sum(n.points for n in assignment.notebooks):g}",
        github=published.github,
        with_handout=with_handout,
    )


def _refuse_leaks(files: dict[str, bytes]) -> None:
    for name, data in files.items():
        text = data.decode("utf-8", "replace")
        for mark in _MARKS:
            if mark in text:
                raise ReleaseMismatch(f"no bundle: {name} holds `{mark}`, which students must not get")


def _description(course: Course, assignment: Assignment, files: dict[str, bytes]) -> str:
    """``homework.json``: what `utils.submit` has to know, and a fingerprint of all that was handed out."""
    limits = next(iter(assignment.profiles.values()))
    late = assignment.late
    tree = {
        "format": FORMAT,
        "name": assignment.name,
        "title": assignment.title,
        "release": fingerprint(files),
        "due": assignment.due.isoformat(),
        "late": {key: getattr(late, key) for key in ("grace_minutes", "percent_per_day", "max_percent")},
        "limits": {key: getattr(limits, key) for key in ("cell_seconds", "notebook_seconds", "submission_mib")},
        "notebooks": [
            {"name": n.name, "title": n.title, "points": n.points, "cells": _cells(course, assignment.name, n.name)}
            for n in assignment.notebooks
        ],
    }
    return json.dumps(tree, indent=1, ensure_ascii=False) + "\n"


def _cells(course: Course, homework: str, name: str) -> list[dict[str, Any]]:
    """The cells that nbgrader knows, in order: what kind each is, its points, and a hash of the text handed out."""
    cells = notebooks.read(course.release(homework) / f"{name}.ipynb").cells
    return [
        {
            "grade_id": notebooks.grade_id_of(cell),
            "kind": _kind(cell),
            "points": notebooks.meta_of(cell).get("points", 0) if notebooks.meta_of(cell).get("grade") else 0,
            "sha256": hashlib.sha256(cell.source.strip().encode()).hexdigest(),
        }
        for cell in cells
        if notebooks.grade_id_of(cell)
    ]


def _kind(cell: NotebookNode) -> str:
    """``answer`` (the student writes it), ``checks`` (graded by tests) or ``given``."""
    meta = notebooks.meta_of(cell)
    if meta.get("solution"):
        return "answer"
    return "checks" if meta.get("grade") else "given"


def fingerprint(files: dict[str, bytes]) -> str:
    """Twelve digits that tell one bundle from another."""
    lines = (f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:12]

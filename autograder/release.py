"""Makes ``source/`` from the text twins and ``release/`` from ``source/``."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder import notebooks
from autograder.course import Course
from autograder.errors import ReleaseMismatch, UsageError
from autograder.nbgrader_log import collected_log
from autograder.nbgrader_settings import configure

FIGURES = "figures"


def sync_source(course: Course, homework: str) -> list[Path]:
    """Build the instructor's notebooks from the text twins, and copy the figures beside them.

    Returns
    -------
    list of Path
        The files that changed.

    Raises
    ------
    UsageError
        If a notebook of the policy has no text twin, or a twin's points are not those of the policy.
    """
    changed = []
    target = course.source(homework)
    assignment = course.assignment(homework)
    for policy in assignment.notebooks:
        twin = course.twins(homework) / f"{policy.name}.py"
        if not twin.is_file():
            raise UsageError(f"{policy.name} has no text twin: expected {twin}")
        notebook = notebooks.build_from_twin(twin)
        points = sum(notebooks.meta_of(c).get("points", 0) for c in notebook.cells if notebooks.meta_of(c).get("grade"))
        if points != policy.points:
            raise UsageError(
                f"the cells of {twin} have {points:g} points together, assignment.toml says {policy.points:g}"
            )
        path = target / f"{policy.name}.ipynb"
        if notebooks.write(notebook, path):
            changed.append(path)
    wanted = {f"{policy.name}.ipynb" for policy in assignment.notebooks}
    for stale in (path for path in target.glob("*.ipynb") if path.name not in wanted):
        stale.unlink()
        changed.append(stale)
    return changed + _copy_figures(course.twins(homework) / FIGURES, target / FIGURES)


def _copy_figures(drawn: Path, target: Path) -> list[Path]:
    changed = []
    for figure in sorted(drawn.glob("*.svg")):
        copy = target / figure.name
        if not copy.is_file() or copy.read_bytes() != figure.read_bytes():
            target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(figure, copy)
            changed.append(copy)
    return changed


def release(course: Course, homework: str) -> list[Path]:
    """Build ``source/`` and ``release/`` and record the released cells in the gradebook.

    The release is made beside the old one and takes its place only when every check has passed.

    Returns
    -------
    list of Path
        The files below ``source/`` and ``release/`` that changed.

    Raises
    ------
    ReleaseMismatch
        If a solution or a hidden test is left in a notebook, or a graded cell has no hidden test.
    """
    changed = sync_source(course, homework)
    final = course.release(homework)
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".release-", dir=course.root) as folder:
        config = configure(Config(), course.root)
        config.CourseDirectory.release_directory = Path(folder).name
        config.CourseDirectory.assignment_id = homework
        config.GenerateAssignment.force = True
        _generate(config)
        changed += _install(Path(folder) / homework, final)
    return changed


def _generate(config: Config) -> None:
    """Run nbgrader's converter; what it logs of an error is the reason why nothing was released."""
    with collected_log() as reasons:
        try:
            GenerateAssignment(coursedir=CourseDirectory(config=config), config=config, log=reasons.logger).start()
        except NbGraderException as error:
            raise ReleaseMismatch(reasons.last() or str(error)) from error


def _install(made: Path, final: Path) -> list[Path]:
    """Make `final` hold exactly the files of `made`, touching only what differs."""
    changed = []
    wanted = {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
    for path in sorted(wanted):
        target = final / path
        if not target.is_file() or target.read_bytes() != (made / path).read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made / path, target)
            changed.append(target)
    for stale in sorted(path for path in final.rglob("*") if path.is_file() and path.relative_to(final) not in wanted):
        stale.unlink()
        changed.append(stale)
    return changed

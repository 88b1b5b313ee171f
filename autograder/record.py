"""The release as it was recorded when it was made: what a submission is rebuilt from.

Order and prose come from ``release/``; the text of every nbgrader cell, hidden tests included, and its points come from
the gradebook. Where the two disagree somebody edited one of them, and nothing is graded until they agree again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nbformat import NotebookNode

from autograder import notebooks
from autograder.course import Course
from autograder.errors import ReleaseMismatch

_HIDDEN = re.compile(r"^[^\n]*BEGIN HIDDEN TESTS.*?END HIDDEN TESTS[^\n]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_GROUP = re.compile(r"hidden_tests\(\s*[\"'](\w+)[\"']\s*\)")
_IMPORT = re.compile(r"^[ \t]*(?:import|from)[ \t]+(\w+)", re.MULTILINE)
_SIBLING = re.compile(r"^[^\n#]*\bload_sibling\(\s*[\"'](\w+)[\"']", re.MULTILINE)


@dataclass(frozen=True)
class RecordedCell:
    """One cell that nbgrader knows.

    Attributes
    ----------
    grade_id : str
        Its name.
    id : str
        Its cell id in the release, by which it is found when a tool has dropped the metadata.
    cell_type : str
        ``code`` or ``markdown``.
    source : str
        What students were given.
    meta : dict
        nbgrader's metadata as released.
    groups : tuple of str
        Names of the hidden tests behind a graded code cell.
    """

    grade_id: str
    id: str
    cell_type: str
    source: str
    meta: dict[str, object]
    groups: tuple[str, ...] = ()

    @property
    def solution(self) -> bool:
        """Whether its text is the student's."""
        return bool(self.meta.get("solution"))

    @property
    def points(self) -> float:
        """The most that it can bring; 0 if it is not graded."""
        return float(self.meta.get("points", 0)) if self.meta.get("grade") else 0.0  # type: ignore[arg-type]

    @property
    def graded_by_tests(self) -> bool:
        """Whether hidden tests decide its points."""
        return bool(self.meta.get("grade")) and not self.solution and self.cell_type == "code"


@dataclass(frozen=True)
class Record:
    """One notebook as released: its recorded cells in order, and how to run it."""

    homework: str
    notebook: str
    cells: tuple[RecordedCell, ...]

    def cell(self, grade_id: str) -> RecordedCell:
        """The cell of that name."""
        return next(cell for cell in self.cells if cell.grade_id == grade_id)

    @property
    def imports(self) -> frozenset[str]:
        """The packages that the released code imports."""
        code = (cell.source for cell in self.cells if not cell.solution)
        return frozenset(name for source in code for name in _IMPORT.findall(source))

    @property
    def siblings(self) -> tuple[str, ...]:
        """The notebooks whose functions this one loads."""
        return siblings_in("\n".join(cell.source for cell in self.cells if not cell.solution))


def visible_part(source: str) -> str:
    """A grading cell's source without its hidden region, as students see it."""
    return _HIDDEN.sub("", source).rstrip("\n")


def groups_in(source: str) -> tuple[str, ...]:
    """Names of the test groups that the hidden region of a grading cell calls."""
    return tuple(name for region in _HIDDEN.findall(source) for name in _GROUP.findall(region))


def siblings_in(source: str) -> tuple[str, ...]:
    """Names of the notebooks that the given code calls `utils.siblings.load_sibling` for."""
    return tuple(dict.fromkeys(_SIBLING.findall(source)))


def load_record(course: Course, homework: str, notebook: str) -> Record:
    """Read a notebook's record.

    Raises
    ------
    ReleaseMismatch
        If the notebook was not released, or `release/` and the gradebook disagree.
    """
    path = course.release(homework) / f"{notebook}.ipynb"
    if not path.is_file():
        raise ReleaseMismatch(f"{path} does not exist: run `course release {homework}`")
    released = notebooks.read(path)
    recorded = _recorded_sources(course, homework, notebook)
    cells = tuple(_join(cell, recorded, path.name) for cell in released.cells if notebooks.grade_id_of(cell))
    missing = recorded.keys() - {cell.grade_id for cell in cells}
    if missing:
        raise _mismatch(f"{path.name} lacks the cells {', '.join(sorted(missing))} that the gradebook has")
    return Record(homework, notebook, cells)


def _recorded_sources(course: Course, homework: str, notebook: str) -> dict[str, tuple[str, float | None]]:
    # nbgrader takes seconds to import, and the processes that grade get their records from elsewhere.
    from nbgrader.api import Gradebook, MissingEntry

    with Gradebook(course.gradebook_url) as gradebook:
        try:
            entry = gradebook.find_notebook(notebook, homework)
        except MissingEntry as error:
            message = f"the gradebook has no notebook {notebook} of {homework}: run `course release {homework}`"
            raise ReleaseMismatch(message) from error
        points = {cell.name: cell.max_score for cell in entry.grade_cells}
        return {cell.name: (cell.source, points.get(cell.name)) for cell in entry.source_cells}


def _join(cell: NotebookNode, recorded: dict[str, tuple[str, float | None]], name: str) -> RecordedCell:
    grade_id = notebooks.grade_id_of(cell) or ""
    if grade_id not in recorded:
        raise _mismatch(f"the gradebook has no cell {grade_id} of {name}")
    source, points = recorded[grade_id]
    meta = dict(notebooks.meta_of(cell))
    if visible_part(source) != cell.source.rstrip("\n"):
        raise _mismatch(f"the text of {grade_id} in {name} is not the recorded one")
    if points is not None and float(meta.get("points", -1)) != points:
        raise _mismatch(f"{grade_id} in {name} has {meta.get('points')} points, recorded are {points}")
    return RecordedCell(grade_id, cell["id"], cell.cell_type, cell.source, meta, groups_in(source))


def _mismatch(what: str) -> ReleaseMismatch:
    return ReleaseMismatch(f"{what}: somebody changed release/ or the gradebook; run `course release` again")

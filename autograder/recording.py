"""Writes what grading yielded into nbgrader's gradebook and ``autograded/``: the only place that does, in one process.

Each submission is one transaction, and its folder is put in place in one step before that: after a crash a submission
is recorded or it is not. Which scores are written, and where, is what nbgrader's own ``SaveAutoGrades`` and
``AssignLatePenalties`` write; a test compares the two.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from fnmatch import fnmatch
from pathlib import Path
from types import TracebackType

import nbformat
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import BaseCell, Grade, Gradebook, Notebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from autograder.course import Course
from autograder.errors import GraderError
from autograder.gradebook import reason
from autograder.late import Term, hand_in_of, read_timestamp
from autograder.nbgrader_log import no_database_warnings
from autograder.submissions import IGNORED

LOCKED_SECONDS = 300
_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())

Scores = dict[str, tuple[float, float]]
"""Score and maximum of each notebook, by name."""
Known = dict[tuple[str, str], dict[str, float | None]]
"""Automatic scores by student and notebook, then by cell."""


class Recorder:
    """The gradebook of a course, held open for writing; use it as a context manager.

    Parameters
    ----------
    course : Course
        Whose gradebook.
    homework : str
        Which homework.
    """

    def __init__(self, course: Course, homework: str) -> None:
        self._course = course
        self._homework = homework
        self._term = Term.load(course)

    def __enter__(self) -> Recorder:
        with no_database_warnings():
            self._book = Gradebook(self._course.gradebook_url)
        # What has been read of the homework's cells holds for the whole run; all else is asked for when it is needed.
        self._book.db().expire_on_commit = False
        self._cells = self._book.db.query(BaseCell).all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._book.close()

    def record(self, student: str, graded: Mapping[str, str], missing: set[str]) -> Scores:
        """Record one submission.

        Parameters
        ----------
        student : str
            Whose.
        graded : mapping
            Graded notebooks as text, by name.
        missing : set of str
            Notebooks that were not handed in; they score zero.

        Returns
        -------
        dict
            What the gradebook now says of all notebooks of the homework, points marked by hand and penalties included.

        Raises
        ------
        GraderError
            If the gradebook or the folder cannot be written. Nothing has changed in the gradebook then.
        """
        trees = {name: _tree(text) for name, text in graded.items()}
        try:
            self._place(student, graded)
        except OSError as error:
            raise GraderError(f"the graded copies of {student} cannot be written: {error}") from error
        try:
            return self._patiently(lambda: self._write(student, trees, missing))
        except SQLAlchemyError as error:
            raise GraderError(f"the gradebook cannot be written: {reason(error)}") from error

    def recorded(self) -> Known:
        """The automatic scores in the gradebook, by student and notebook, then by cell; read in one go."""
        rows = (
            self._book.db.query(SubmittedAssignment.student_id, Notebook.name, BaseCell.name, Grade.auto_score)
            .select_from(Grade)
            .join(BaseCell, BaseCell.id == Grade.cell_id)
            .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
            .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
            .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
            .filter(SubmittedAssignment.assignment.has(name=self._homework))
        )
        scores: Known = {}
        for student, notebook, cell, score in rows:
            scores.setdefault((student, notebook), {})[cell] = score
        return scores

    def is_recorded(
        self,
        student: str,
        graded: Mapping[str, str],
        missing: set[str],
        known: Mapping[tuple[str, str], Mapping[str, float | None]],
    ) -> bool:
        """Whether the gradebook and ``autograded/`` hold just this already, from what `recorded` said."""
        folder = self._course.autograded(student, self._homework)
        for name, text in graded.items():
            tree = _tree(text)
            wanted = {cell.metadata.nbgrader.grade_id: _auto_score(cell) for cell in tree.cells if utils.is_grade(cell)}
            if known.get((student, name)) != wanted or not (folder / f"{name}.ipynb").is_file():
                return False
        for name in missing:
            scores = known.get((student, name))
            if scores is None or any(score != 0 for score in scores.values()):
                return False
        entry = self._submission(student)
        stamp = read_timestamp(self._course.submitted(student, self._homework))
        return entry is not None and (stamp is None or entry.timestamp == stamp.replace(tzinfo=None))

    def charge(self, student: str) -> Scores:
        """Charge a submission that is recorded already by the late rule as it is now.

        Returns
        -------
        dict
            As `record` does.
        """

        def write() -> Scores:
            with no_database_warnings(), one_transaction(self._book):
                entry = self._submission(student)
                if entry is None:
                    raise GraderError(f"the gradebook has no entry for {student} after grading")
                return self._charge(entry)

        return self._patiently(write)

    def _submission(self, student: str) -> SubmittedAssignment | None:
        query = self._book.db.query(SubmittedAssignment).filter(SubmittedAssignment.student_id == student)
        return query.filter(SubmittedAssignment.assignment.has(name=self._homework)).one_or_none()

    def _write(self, student: str, trees: Mapping[str, NotebookNode], missing: set[str]) -> Scores:
        with no_database_warnings(), one_transaction(self._book):
            self._book.update_or_create_student(student)
            stamp = read_timestamp(self._course.submitted(student, self._homework))
            details = {"timestamp": stamp.astimezone(UTC).replace(tzinfo=None)} if stamp else {}
            entry = self._book.update_or_create_submission(self._homework, student, **details)
            for notebook in entry.notebooks:
                if notebook.name in trees:
                    _save(notebook, trees[notebook.name])
                elif notebook.name in missing:
                    for grade in notebook.grades:
                        grade.auto_score, grade.needs_manual_grade = 0, False
            self._book.db.flush()
            return self._charge(entry)

    def _charge(self, entry: SubmittedAssignment) -> Scores:
        """Put in what lateness costs, by the rule and the extensions as they are now; what is left of the scores."""
        late = self._term.lateness(self._course, self._book, entry.student_id, self._homework, hand_in_of(entry))
        extension = late.extension or None
        if entry.extension != extension:
            entry.extension = extension
        # The database adds the scores up, and has just been told of them.
        rows = self._book.db.query(SubmittedNotebook.id, SubmittedNotebook.score, SubmittedNotebook.max_score)
        sums = {key: (score, most) for key, score, most in rows.filter(SubmittedNotebook.assignment_id == entry.id)}
        scores = {}
        for notebook in entry.notebooks:
            score, most = sums[notebook.id]
            penalty = late.penalty(score)
            if (notebook.late_submission_penalty or 0) != penalty:
                notebook.late_submission_penalty = penalty or None
            scores[notebook.name] = (round(score - penalty, 4), most)
        return scores

    def _patiently(self, write: Callable[[], Scores]) -> Scores:
        """Another program that holds the gradebook is waited for; it has it for moments, as a rule."""
        deadline = time.monotonic() + LOCKED_SECONDS
        while True:
            try:
                return write()
            except OperationalError as error:
                self._book.db.rollback()
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def _place(self, student: str, graded: Mapping[str, str]) -> None:
        """Put the graded copies into ``autograded/``, with the other files of the submission, as nbgrader does."""
        goal = self._course.autograded(student, self._homework)
        goal.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(dir=goal.parent, prefix=f".{self._homework}."))
        try:
            _copy_files(self._course.submitted(student, self._homework), stage)
            _copy_files(self._course.source(self._homework), stage)
            kept = [path for path in goal.glob("*.ipynb") if path.stem not in graded] if goal.is_dir() else []
            for path in kept:
                if (self._course.submitted(student, self._homework) / path.name).is_file():
                    shutil.copyfile(path, stage / path.name)
            for name, text in graded.items():
                (stage / f"{name}.ipynb").write_text(text, encoding="utf-8")
            stage.chmod(0o755)
            old = stage.with_name(stage.name + ".old")
            if goal.exists():
                goal.replace(old)
            stage.replace(goal)
            shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def one_transaction(book: Gradebook) -> Iterator[None]:
    """Everything that is done to the gradebook within is written together at the end, or not at all.

    nbgrader's own methods commit after each change; here these commits only send the changes to the database.
    """
    book.db.commit = book.db.flush
    try:
        yield
    except BaseException:
        book.db.rollback()
        raise
    finally:
        del book.db.commit
    book.db.commit()


def _save(notebook: SubmittedNotebook, tree: NotebookNode) -> None:
    """The scores and the automatic comments of one graded notebook, by nbgrader's rules."""
    grades = {grade.name: grade for grade in notebook.grades}
    comments = {comment.name: comment for comment in notebook.comments}
    for cell in tree.cells:
        if utils.is_grade(cell):
            grade = grades[cell.metadata.nbgrader.grade_id]
            grade.auto_score = _auto_score(cell)
            grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        if utils.is_solution(cell):
            untouched = cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
            comments[cell.metadata.nbgrader.grade_id].auto_comment = "No response." if untouched else None


def _tree(text: str) -> NotebookNode:
    """A notebook that this program has written, and that need not be validated."""
    return nbformat.from_dict(json.loads(text))


def _auto_score(cell: NotebookNode) -> float | None:
    score, _ = utils.determine_grade(cell, _LOG)
    return None if score is None else float(score)


def _copy_files(source: Path, goal: Path) -> None:
    """All files but notebooks and what nbgrader ignores; links have been put out of the way before."""
    if not source.is_dir():
        return
    for folder, inner, names in os.walk(source):
        inner[:] = [name for name in inner if not _ignored(name)]
        place = goal / Path(folder).relative_to(source)
        kept = [name for name in names if not name.endswith(".ipynb") and not _ignored(name)]
        if kept:
            place.mkdir(parents=True, exist_ok=True)
        for name in kept:
            shutil.copyfile(Path(folder, name), place / name)
            (place / name).chmod(0o644)


def _ignored(name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in IGNORED)

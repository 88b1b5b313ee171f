"""Where things are: the folders of one course, and its homeworks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.assignment import Assignment, load_assignment
from autograder.errors import UsageError


@dataclass(frozen=True)
class Course:
    """A course's root folder.

    Attributes
    ----------
    root : Path
        The folder that holds ``assignments/``, ``source/``, ``release/`` and ``nbgrader_config.py``; what grading makes
        (``submitted/``, ``autograded/``, ``feedback/``, ``gradebook.db``) lies beside them.
    """

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Course:
        """The course that a folder belongs to: the nearest one upward with ``assignments/`` and ``nbgrader_config.py``.

        Raises
        ------
        UsageError
            If there is none.
        """
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / "nbgrader_config.py").is_file() and (folder / "assignments").is_dir():
                return cls(folder)
        raise UsageError(f"{start} is not inside a course: no folder with assignments/ and nbgrader_config.py above it")

    @property
    def homeworks(self) -> tuple[str, ...]:
        """Names of the homeworks that have a policy, sorted."""
        return tuple(sorted(path.parent.name for path in (self.root / "assignments").glob("*/assignment.toml")))

    def assignment(self, homework: str) -> Assignment:
        """The policy of a homework, or a `UsageError` that lists those that exist."""
        if homework not in self.homeworks:
            known = ", ".join(self.homeworks) or "none"
            raise UsageError(f"unknown homework {homework!r}; this course has: {known}")
        return load_assignment(self.root / "assignments" / homework / "assignment.toml")

    def twins(self, homework: str) -> Path:
        """The folder of the text twins."""
        return self.root / "assignments" / homework

    def source(self, homework: str) -> Path:
        """The folder of the instructor's notebooks."""
        return self.root / "source" / homework

    def release(self, homework: str) -> Path:
        """The folder of the students' notebooks."""
        return self.root / "release" / homework

    def submitted(self, student: str, homework: str) -> Path:
        """What a student handed in."""
        return self.root / "submitted" / student / homework

    def autograded(self, student: str, homework: str) -> Path:
        """The graded copies of a student's notebooks."""
        return self.root / "autograded" / student / homework

    def feedback(self, student: str, homework: str) -> Path:
        """The pages that a student gets back."""
        return self.root / "feedback" / student / homework

    @property
    def private(self) -> Path:
        """What the grader keeps for itself between runs; may be deleted, and costs time then."""
        return self.root / ".course"

    @property
    def gradebook_url(self) -> str:
        """Where nbgrader keeps the scores; whoever finds it locked waits for up to two minutes."""
        return f"sqlite:///{self.root / 'gradebook.db'}?timeout=120"

    def students(self, homework: str) -> tuple[str, ...]:
        """Everybody with a folder for this homework below ``submitted/``, sorted."""
        folder = self.root / "submitted"
        if not folder.is_dir():
            return ()
        return tuple(sorted(path.name for path in folder.iterdir() if (path / homework).is_dir()))

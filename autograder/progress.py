"""What is seen of a run while it goes on: a bar for people, lines of JSON for programs."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from autograder.jobs import Outcome
from autograder.results import Status, SubmissionResult


class Watch:
    """Is told what happens in a run; this one does nothing with it."""

    def begin(self, notebooks: int, known: int, where: str) -> None:
        """A run begins: notebooks to grade, notebooks that are graded already and unchanged, and where it is done."""

    def remark(self, text: str) -> None:
        """Something about how the work is done that the person who grades should know; each is said once."""

    def notebook(self, outcome: Outcome) -> None:
        """A notebook has been run and tested, or could not be."""

    def submission(self, result: SubmissionResult) -> None:
        """All of a student's notebooks are done, and recorded."""

    def end(self) -> None:
        """The run has ended, in one way or another."""


class Bar(Watch):
    """A bar with counts, rate, time left and failures.

    Parameters
    ----------
    console : Console
        Where to draw.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        columns = (
            *(TextColumn("grading"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn()),
            TextColumn("[red]{task.fields[failed]}"),
        )
        self._progress = Progress(*columns, console=console, transient=True)
        self._failed = 0

    def begin(self, notebooks: int, known: int, where: str) -> None:
        """Say what is to do, and start to draw."""
        if known:
            self._console.print(f"{known} notebooks are graded already and unchanged", highlight=False)
        if notebooks:
            self._console.print(f"{notebooks} to grade, on {where}", highlight=False)
            self._task = self._progress.add_task("grading", total=notebooks, failed="")
            self._progress.start()

    def remark(self, text: str) -> None:
        """Print it above the bar."""
        self._console.print(text, highlight=False, markup=False)

    def notebook(self, outcome: Outcome) -> None:
        """One more."""
        self._failed += outcome.result.status is Status.NOT_GRADED
        failed = f"{self._failed} could not be graded" if self._failed else ""
        self._progress.update(self._task, advance=1, failed=failed)

    def end(self) -> None:
        """Take the bar away."""
        self._progress.stop()


class _Rate(ProgressColumn):
    """Notebooks a minute."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{60 * speed:.0f}/min" if speed else "", style="progress.data.speed")


@dataclass
class Lines(Watch):
    """One JSON object a line, each with an ``event``."""

    stream: TextIO = field(default_factory=lambda: sys.stdout)

    def begin(self, notebooks: int, known: int, where: str) -> None:
        """Print ``{"event": "begin", ...}``."""
        self._say("begin", notebooks=notebooks, known=known, where=where)

    def remark(self, text: str) -> None:
        """Print ``{"event": "remark", ...}``."""
        self._say("remark", text=text)

    def notebook(self, outcome: Outcome) -> None:
        """Print ``{"event": "notebook", ...}``; the points are those of the tests alone."""
        result = outcome.result
        points = round(sum(cell.points for cell in result.cells), 4)
        self._say(
            "notebook",
            student=result.student,
            notebook=result.notebook,
            status=str(result.status),
            points=points,
            seconds=result.seconds,
        )

    def submission(self, result: SubmissionResult) -> None:
        """Print ``{"event": "submission", ...}`` with the score that the gradebook has."""
        self._say("submission", student=result.student, score=result.score, max_score=result.max_score)

    def end(self) -> None:
        """Print ``{"event": "end"}``."""
        self._say("end")

    def _say(self, event: str, **fields: Any) -> None:
        print(json.dumps({"event": event, **fields}), file=self.stream, flush=True)

"""What is seen of a run while it goes on: a bar for people, lines of JSON for programs."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from autograder.jobs import Outcome, Step
from autograder.results import Status, SubmissionResult

SLOW_SECONDS = 5
"""A cell that has run so long is named."""


class Watch:
    """Is told what happens in a run; this one does nothing with it."""

    def begin(self, notebooks: int, known: int, where: str) -> None:
        """A run begins: notebooks to grade, notebooks that are graded already and unchanged, and where it is done."""

    def remark(self, text: str) -> None:
        """Something about how the work is done that the person who grades should know; each is said once."""

    def step(self, step: Step) -> None:
        """A cell of a notebook begins to run; may be called from any thread."""

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
        self._running: dict[tuple[str, str], tuple[Step, float]] = {}
        columns = (
            *(TextColumn("grading"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn()),
            *(TextColumn("[red]{task.fields[failed]}"), _Longest(self._running)),
        )
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
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

    def step(self, step: Step) -> None:
        """Remember since when it runs."""
        self._running[step.student, step.notebook] = step, time.monotonic()

    def notebook(self, outcome: Outcome) -> None:
        """One more."""
        self._running.pop((outcome.student, outcome.notebook), None)
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


class _Longest(ProgressColumn):
    """Where the cell is that has been running longest, if that is worth a line."""

    def __init__(self, running: dict[tuple[str, str], tuple[Step, float]]) -> None:
        super().__init__()
        self._running = running

    def render(self, task: Task) -> Text:
        step, since = min(self._running.copy().values(), key=lambda entry: entry[1], default=(None, 0.0))
        seconds = int(time.monotonic() - since)
        if step is None or seconds < SLOW_SECONDS:
            return Text()
        where = (
            f"{step.student} {step.notebook}: {step.cell}/{step.cells} {step.name} {seconds // 60}:{seconds % 60:02}"
        )
        return Text(where, style="dim", no_wrap=True, overflow="ellipsis")


@dataclass
class Lines(Watch):
    """One JSON object a line, each with an ``event``."""

    stream: TextIO = field(default_factory=lambda: sys.stdout)
    _said: dict[tuple[str, str], float] = field(default_factory=dict)

    def begin(self, notebooks: int, known: int, where: str) -> None:
        """Print ``{"event": "begin", ...}``."""
        self._say("begin", notebooks=notebooks, known=known, where=where)

    def remark(self, text: str) -> None:
        """Print ``{"event": "remark", ...}``."""
        self._say("remark", text=text)

    def step(self, step: Step) -> None:
        """Print ``{"event": "cell", ...}``, of each notebook at most once a second."""
        name, now = (step.student, step.notebook), time.monotonic()
        if now - self._said.get(name, now) >= 1:
            self._say("cell", **asdict(step))
        if name not in self._said or now - self._said[name] >= 1:
            self._said[name] = now

    def notebook(self, outcome: Outcome) -> None:
        """Print ``{"event": "notebook", ...}``; the points are those of the tests alone."""
        result = outcome.result
        self._said.pop((result.student, result.notebook), None)
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

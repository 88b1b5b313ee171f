"""A student's notebook, run and kept alive: restarts the kernel around code that ends it; the rest still counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from autograder.assignment import Limits
from autograder.errors import KernelDied, OutOfTime, StudentError
from autograder.provisioner import Launcher
from autograder.session import KernelSession

MAX_RESTARTS = 4


class Workbench:
    """Runs the cells of one notebook and answers calls to its functions; use it as a context manager.

    A cell that ends its kernel, or does not react to being interrupted, is left out from then on: a new kernel runs the
    other cells again. A call that does so costs its own test only.

    Parameters
    ----------
    cells : list of NotebookNode
        The code cells to run, in order. Outputs are put into them.
    launcher, limits
        As for `KernelSession`.
    extra : str
        Code of the course's own to run after the student's; its outputs are not recorded.
    blame_kills : bool
        As for `KernelSession`.
    tell : callable
        Called with the number of each cell before it runs, the number of all cells, and the cell's name.
    """

    def __init__(
        self,
        cells: list[NotebookNode],
        launcher: Launcher,
        limits: Limits,
        extra: str = "",
        blame_kills: bool = False,
        tell: Callable[[int, int, str], None] = lambda *step: None,
    ) -> None:
        self.cells = cells
        self._tell = tell
        self.launcher = launcher
        self.limits = limits
        self.extra = extra
        self.blame_kills = blame_kills
        self.notes: list[str] = []
        self._skipped: set[int] = set()
        self._restarts = 0
        self._asked = 0.0
        self._session: KernelSession | None = None

    def __enter__(self) -> Workbench:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def run(self) -> None:
        """Run all cells, recording their outputs."""
        self._open()
        deadline = time.monotonic() + self.limits.notebook_seconds
        for index, cell in enumerate(self.cells):
            if time.monotonic() >= deadline:
                self.notes.append(
                    f"the notebook used up its {self.limits.notebook_seconds} s; the cells from {_name(cell)} on"
                    " did not run"
                )
                self._skipped.update(range(index, len(self.cells)))
                return
            if self._given_up:
                self.notes.append(f"its kernel ended {MAX_RESTARTS} times; the cells from {_name(cell)} on did not run")
                return
            self._tell(index + 1, len(self.cells), _name(cell))
            self._run_recorded(index, cell, deadline)

    def ask(self, frames: list[bytes]) -> Sequence[bytes]:
        """Carry a request to the notebook's functions; outputs are not recorded any more.

        Raises
        ------
        StudentError
            If there is no proper answer.
        """
        if self._asked >= self.limits.notebook_seconds:
            raise OutOfTime(f"not run: the calls before used up the {self.limits.notebook_seconds} s for all of them")
        started = time.monotonic()
        try:
            if self._session is None or self._session.dead:
                self._replay(len(self.cells))
            if self._given_up or self._session is None:
                raise KernelDied(f"not run: the notebook's kernel had ended {MAX_RESTARTS} times already")
            return self._session.ask(frames)
        finally:
            self._asked += time.monotonic() - started

    def finish(self) -> None:
        """All cells have run: make ready for calls."""
        self._tell(len(self.cells), len(self.cells), "hidden tests")
        if self._session is None or self._session.dead:
            self._replay(len(self.cells))
            return
        self._settle()

    @property
    def _given_up(self) -> bool:
        return self._restarts > MAX_RESTARTS

    def _run_recorded(self, index: int, cell: NotebookNode, deadline: float) -> None:
        assert self._session is not None
        try:
            self._session.run_cell(cell, deadline - time.monotonic())
        except StudentError as error:
            self.notes.append(f"the cell {_name(cell)} was stopped: {error}")
            cell.outputs.append(
                new_output("error", ename=type(error).__name__, evalue=str(error), traceback=[str(error)])
            )
        if self._session.dead:
            self._skipped.add(index)
            self._replay(index)

    def _replay(self, until: int) -> None:
        """Bring up a new kernel and run the cells before `until` again, but for those that ended a kernel."""
        self._restarts += 1
        if self._given_up:
            self._close()
            return
        self._open()
        assert self._session is not None
        deadline = time.monotonic() + self.limits.notebook_seconds
        for index, cell in enumerate(self.cells[:until]):
            if index in self._skipped or time.monotonic() >= deadline:
                continue
            try:
                self._session.run_cell(new_code_cell(cell.source), deadline - time.monotonic())
            except StudentError:
                if self._session.dead:
                    self._skipped.add(index)
                    self._replay(until)
                    return
        if until == len(self.cells):
            self._settle()

    def _settle(self) -> None:
        """After the last cell: the course's own code, and no more outputs."""
        assert self._session is not None
        if self.extra:
            try:
                self._session.run_cell(new_code_cell(self.extra), self.limits.cell_seconds)
            except StudentError:
                # Whatever the notebook did to its kernel, it is the notebook's loss; the calls will say so.
                return
        self._session.mute()

    def _open(self) -> None:
        self._close()
        self._session = KernelSession(self.launcher, self.limits, self.blame_kills).__enter__()

    def _close(self) -> None:
        if self._session is not None:
            self._session.__exit__()
            self._session = None


def _name(cell: NotebookNode) -> str:
    """How to point a student to a cell."""
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
    if grade_id:
        return str(grade_id)
    first = next((line.strip() for line in cell.source.splitlines() if line.strip()), "")
    return f"that begins with `{first[:60]}`"

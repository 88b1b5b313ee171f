"""Runs a notebook from top to bottom in a fresh kernel, and reads off what its checks say."""

from __future__ import annotations

import copy
import logging
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from tqdm import tqdm

from utils.submit.reading import Opened, Problem, name_of

_MOST_PROBLEMS = 4
_LONGEST = 300


@dataclass
class Run:
    """What came of running one notebook."""

    seconds: float = 0.0
    checks: dict[str, str] = field(default_factory=dict)
    """From a checking cell's name to ``passed``, ``failed`` or ``not reached``."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def passed(self) -> int:
        return list(self.checks.values()).count("passed")


def run(opened: Opened, folder: Path, cell_seconds: int) -> Run:
    """Run a copy of a notebook, as the grader will: every cell, in order, errors or not.

    Parameters
    ----------
    opened : Opened
        The notebook; it stays as it is.
    folder : Path
        Where it runs.
    cell_seconds : int
        How long one cell may take.
    """
    tree = copy.deepcopy(opened.tree)
    for cell in tree.cells:
        cell.metadata.pop("tags", None)  # a tag may say that a cell is to be left out; the grader reads none
    checking = [cell.grade_id for cell in opened.notebook.cells if cell.kind == "checks"]
    result = Run(checks=dict.fromkeys(checking, "not reached"))
    client = NotebookClient(
        tree,
        timeout=cell_seconds,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.log.setLevel(logging.CRITICAL)  # what it would log is told in our own words
    started = time.monotonic()
    running = False
    try:
        with client.setup_kernel(stderr=subprocess.DEVNULL):
            running = True
            _run_cells(client, tree.cells, opened, result, cell_seconds)
    except NoSuchKernel:
        _not_run(result, opened, "Jupyter's Python kernel is missing; run `python -m pip install -r requirements.txt`")
    except (RuntimeError, OSError) as error:
        if running:
            _not_run(result, opened, f"its kernel was lost ({_short(str(error))}); run this again")
        else:
            _not_run(result, opened, f"no kernel started ({_short(str(error))}); restart the computer and try again")
    result.seconds = round(time.monotonic() - started, 1)
    _cut(result.problems, opened.notebook.file)
    return result


def _not_run(result: Run, opened: Opened, reason: str) -> None:
    result.problems.append(Problem(opened.notebook.file, f"could not be run: {reason}"))


def _run_cells(client: NotebookClient, cells: list[NotebookNode], opened: Opened, result: Run, seconds: int) -> None:
    def problem(text: str) -> None:
        result.problems.append(Problem(opened.notebook.file, text))

    for index, cell in enumerate(tqdm(cells, desc=opened.notebook.name, leave=False, disable=None, unit="cell")):
        try:
            client.execute_cell(cell, index)
        except CellTimeoutError:
            problem(
                f"stopped at {_shown(cell)}, which ran longer than {seconds} s, as long as the grader lets it run; "
                "does it end? If your computer is slow, allow more by --seconds"
            )
            return
        except DeadKernelError:
            problem(f"stopped at {_shown(cell)}, which ended its kernel; look for too much memory, or an exit")
            return
        error = next((out for out in cell.get("outputs", []) if out.output_type == "error"), None)
        name = name_of(cell)
        if name in result.checks:
            result.checks[name] = "failed" if error else "passed"
        # Where an answer is missing, that has been said already.
        if error and (name in result.checks or error.ename != "NotImplementedError"):
            problem(f"{_shown(cell)}: {_said(error)}")


def _shown(cell: NotebookNode) -> str:
    """How to point to a cell."""
    first = next((line.strip() for line in cell.source.splitlines() if line.strip()), "")
    return name_of(cell) or f"the cell that begins with `{first[:50]}`"


def _said(error: NotebookNode) -> str:
    """An error in one line; a check's own message speaks for itself."""
    text = _short(error.evalue)
    return text if error.ename == "CheckError" else f"{error.ename}: {text}" if text else error.ename


def _short(text: str) -> str:
    text = "; ".join(line.strip() for line in text.splitlines() if line.strip())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


def _cut(problems: list[Problem], file: str) -> None:
    """Where the first cell fails, all fail: the first few say enough."""
    if len(problems) > _MOST_PROBLEMS:
        more = len(problems) - _MOST_PROBLEMS
        problems[_MOST_PROBLEMS:] = [Problem(file, f"and {more} more cells failed; begin with the first of them")]

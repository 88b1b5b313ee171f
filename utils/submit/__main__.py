"""Checks your homework, runs it from top to bottom, and writes the file to upload."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from utils.submit.homework import Homework, SubmitError, read_homework
from utils.submit.packing import pack, receipt
from utils.submit.reading import Opened, Problem, look_at, open_notebook, run_in_order
from utils.submit.running import Run, run

ALL_WELL, WRITTEN_WITH_PROBLEMS, NOTHING_WRITTEN = 0, 1, 2
_STUDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.@_-]{0,63}")
_EXIT_CODES = (
    "exit code: 0 written and nothing to complain about; 1 written, but read the lines that begin with `!`; "
    "2 nothing written"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do it all; the return value is the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _submit(options)
    except SubmitError as error:
        print(f"! {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("! stopped; nothing was written", file=sys.stderr)
    return NOTHING_WRITTEN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m utils.submit", description=__doc__, epilog=_EXIT_CODES)
    parser.add_argument("student", help="your id in the course, which becomes part of the file's name")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the notebooks are; here, if left out")
    parser.add_argument("--to", type=Path, help="the folder to write to; that of the notebooks, if left out")
    parser.add_argument("--no-run", action="store_true", help="don't run the notebooks")
    parser.add_argument("--partial", action="store_true", help="write the file though a notebook is missing or broken")
    parser.add_argument("--seconds", type=int, help="how long one cell may run; as the grader has it, if left out")
    return parser


def _submit(options: argparse.Namespace) -> int:
    if not _STUDENT.fullmatch(options.student):
        raise SubmitError(f"{options.student!r} is no id: give the one that the course knows you by, such as ada")
    if options.seconds is not None and options.seconds < 1:
        raise SubmitError(f"--seconds {options.seconds}: expected at least 1")
    homework = read_homework(options.folder.resolve())
    if options.to and not options.to.is_dir():
        raise SubmitError(f"{options.to} is no folder: make it first, or leave out --to")
    print(f"{homework.name}, {homework.title}\n", flush=True)
    opened, problems = _open_all(homework)
    missing = [problem for problem in problems if problem.missing]
    if not opened or (missing and not options.partial):
        _tell(problems)
        raise SubmitError(
            "nothing was written, since notebooks are missing; to hand in the others alone, add --partial"
            if opened
            else "nothing was written: there is no notebook to hand in"
        )
    runs = {} if options.no_run else _run_all(homework, opened, options.seconds or homework.cell_seconds)
    problems += [problem for one in runs.values() for problem in one.problems]
    if options.no_run:
        problems += _not_in_order(opened)
    order = [notebook.file for notebook in homework.notebooks]
    problems.sort(key=lambda problem: order.index(problem.where))
    _tell(problems)
    now = datetime.now().astimezone()
    path = (options.to or homework.folder) / f"{homework.name}_{options.student}.zip"
    sha256 = pack(path, opened, receipt(homework, options.student, opened, runs, now))
    _tell_written(path, len(opened), len(homework.notebooks), sha256)
    print(due_in_words(homework.due - now))
    return WRITTEN_WITH_PROBLEMS if problems else ALL_WELL


def _open_all(homework: Homework) -> tuple[list[Opened], list[Problem]]:
    opened, problems = [], []
    for notebook in homework.notebooks:
        found = open_notebook(homework, notebook)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            opened.append(found)
            problems += look_at(found)
    return opened, problems


def _run_all(homework: Homework, opened: list[Opened], seconds: int) -> dict[str, Run]:
    print("Each notebook runs from top to bottom in a fresh kernel; --no-run leaves that out.", flush=True)
    width = max(len(one.notebook.name) for one in opened)
    runs = {}
    for one in opened:
        done = runs[one.notebook.name] = run(one, homework.folder, seconds)
        checks = f"{done.passed} of {len(done.checks)} checks passed" if done.checks else "no checks"
        print(f"  {one.notebook.name:{width}}  {checks}, {done.seconds:.0f} s", flush=True)
    return runs


def _not_in_order(opened: list[Opened]) -> list[Problem]:
    return [
        Problem(
            one.notebook.file,
            "its saved outputs are not of one run from top to bottom; restart its kernel, run all cells and save it",
        )
        for one in opened
        if not run_in_order(one)
    ]


def _tell(problems: list[Problem]) -> None:
    if problems:
        print(f"\n{len(problems)} {'thing' if len(problems) == 1 else 'things'} to look at:")
    for problem in problems:
        print(f"! {problem}")
    sys.stdout.flush()


def _tell_written(path: Path, handed_in: int, of: int, sha256: str) -> None:
    size = path.stat().st_size
    shown = f"{size / 2**20:.1f} MiB" if size > 2**20 else f"{size / 2**10:.0f} KiB"
    which = "all notebooks" if handed_in == of else f"{handed_in} of {of} notebooks"
    print(f"\nwrote {path} ({which}, {shown}): upload this file")
    print(f"its SHA-256 is {sha256}; keep the file as your receipt")


def due_in_words(left: timedelta) -> str:
    """How much time is left, by this computer's clock.

    >>> due_in_words(timedelta(days=2, hours=3, minutes=20))
    "2 days 3 hours before it is due, by this computer's clock"
    """
    minutes = int(abs(left).total_seconds() // 60)
    parts = [(minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute")]
    said = [f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in parts if number][:2] or ["a moment"]
    where = "before it is due" if left > timedelta() else "after it was due: the late rule applies"
    return f"{' '.join(said)} {where}, by this computer's clock"


if __name__ == "__main__":
    sys.exit(main())

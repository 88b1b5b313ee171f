"""Makes a small course without releasing one, and runs ``course`` commands on it."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from unittest.mock import patch

from nbgrader.api import Gradebook
from rich.console import Console

from autograder import cli, cli_collect, cli_export, cli_late
from autograder.course import Course
from autograder.nbgrader_log import no_database_warnings

POLICY = """
name = "{name}"
title = "Homework {number}: small"
seed = 1
due = 2027-02-{day}T23:59:00-05:00

[late]
grace_minutes = 10
percent_per_day = 10
max_percent = 50
free_days_per_term = {free}
"""
NOTEBOOK = '[[notebooks]]\nname = "{name}"\ntitle = "{name}"\npoints = {points}\ndevice = "cpu"\n'
LIMITS = """
[profiles.smoke]
cell_seconds = 5
notebook_seconds = 20
call_seconds = 5
memory_mib = 1024
disk_mib = 64
output_kib = 64
submission_mib = 1
"""


def small_course(root: Path, free: int = 0) -> Course:
    """Two homeworks: hw1, due on the 12th of February 2027, and hw2, due on the 26th, with two notebooks."""
    root.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text("", encoding="utf-8")
    _write_homework(root, "hw1", 12, {"1_warm_up": 10}, free)
    _write_homework(root, "hw2", 26, {"3_rnn": 15, "4_lstm": 15}, free)
    return Course(root)


def _write_homework(root: Path, name: str, day: int, points: Mapping[str, float], free: int) -> None:
    """A policy, and released notebooks of two cells each."""
    folder, release = root / "assignments" / name, root / "release" / name
    folder.mkdir(parents=True)
    release.mkdir(parents=True)
    parts = [POLICY.format(name=name, number=name[-1], day=day, free=free)]
    parts += [NOTEBOOK.format(name=notebook, points=value) for notebook, value in points.items()]
    (folder / "assignment.toml").write_text("\n".join([*parts, LIMITS]), encoding="utf-8")
    for notebook in points:
        (release / f"{notebook}.ipynb").write_bytes(notebook_bytes(notebook))


def notebook_bytes(name: str, answer: str = "pass") -> bytes:
    """A notebook with the cells of the small homework's notebook of that name."""
    cells = [
        {
            "cell_type": "code",
            "id": f"{name[:1]}{kind}",
            "metadata": {"nbgrader": {"grade_id": f"{name}_{kind}", "solution": kind == "answer"}},
            "source": answer if kind == "answer" else "check()",
            "outputs": [],
            "execution_count": None,
        }
        for kind in ("answer", "test")
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


@cache
def _empty_gradebook() -> bytes:
    """An empty gradebook; nbgrader asks another program for a new one's version, which takes seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gradebook.db"
        Gradebook(f"sqlite:///{path}").close()
        return path.read_bytes()


def make_gradebook(course: Course) -> None:
    """Let the course have a gradebook, if it has none."""
    path = course.root / "gradebook.db"
    if not path.exists():
        path.write_bytes(_empty_gradebook())


def record_scores(course: Course, homework: str, student: str, scores: Mapping[str, float], time: str = "") -> None:
    """Enter what grading would enter: a submission, and a score for each notebook's only cell with tests.

    Each notebook has one answer beside that people are to mark, for five points.
    """
    policy = course.assignment(homework)
    make_gradebook(course)
    with no_database_warnings(), Gradebook(course.gradebook_url) as book:
        book.update_or_create_assignment(homework)
        for notebook in policy.notebooks:
            book.update_or_create_notebook(notebook.name, homework)
            for kind, points in (("test", notebook.points - 5), ("answer", 5)):
                book.update_or_create_grade_cell(
                    f"{notebook.name}_{kind}", notebook.name, homework, max_score=points, cell_type="code"
                )
        book.update_or_create_student(student)
        book.update_or_create_submission(homework, student, **({"timestamp": time} if time else {}))
        for name, score in scores.items():
            grade = book.find_grade(f"{name}_test", name, homework, student)
            grade.auto_score, grade.needs_manual_grade = score, False
            book.find_grade(f"{name}_answer", name, homework, student).needs_manual_grade = True
        book.db.commit()


def mark(course: Course, homework: str, student: str, notebook: str, points: float) -> None:
    """Mark the answer of a notebook by hand."""
    with Gradebook(course.gradebook_url) as book:
        grade = book.find_grade(f"{notebook}_answer", notebook, homework, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        book.db.commit()


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    """A zip with these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def put(folder: Path, files: Mapping[str, bytes | str]) -> Path:
    """Write files below a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def call(*args: object) -> tuple[int, str]:
    """Run ``course`` with these arguments; exit code, and all that it printed with the line breaks undone."""
    known = {command.callback.__name__ for command in cli.app.registered_commands if command.callback}
    for module, name in ((cli_collect, "collect"), (cli_export, "export"), (cli_late, "late")):
        if name not in known:
            module.register(cli.app)
    out = io.StringIO()
    wide = Console(file=out, width=300)
    with (
        patch("sys.argv", ["course", *map(str, args)]),
        patch.object(cli, "err", wide),
        patch.multiple(cli_collect, out=wide, err=wide),
        patch.multiple(cli_export, out=wide, err=wide),
        patch.multiple(cli_late, out=wide, err=wide),
        redirect_stdout(out),
        redirect_stderr(out),
    ):
        try:
            cli.main()
            code = 0
        except SystemExit as error:
            code = int(error.code or 0)
    return code, " ".join(out.getvalue().split())

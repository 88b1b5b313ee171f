"""Runs the commands of the instructor guide in a course of its own and writes what they print into the guide.

    python tools/record_guide.py

A block of the kind ``console`` holds one command after ``$`` and its output; with ``exit=1`` behind that word, one that
is expected to end so. The commands run in the order of the page, in a copy of the course in which made-up students have
handed in homework 0: what the page shows is one term.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from autograder.bundling import contents
from autograder.course import Course
from autograder.demo import copy_course
from autograder.notebooks import dumps
from autograder.release import release
from autograder.samples import fill_in, solutions_of
from utils.submit.homework import read_homework
from utils.submit.packing import pack, receipt
from utils.submit.reading import Opened, open_notebook

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "instructors.md"
BLOCK = re.compile(r"^```console( exit=(\d+))?\n\$ (.+)\n(?:.*\n)*?```$", re.MULTILINE)
HOMEWORK, NOTEBOOK = "hw0", "0_start"

_MEAN = "def squared_distances(x, y):\n    return ((x[:, None] - 1.0 * y) ** 2).mean(axis=2)"
_FARTHEST = "def nearest(x, y):\n    return squared_distances(x, y).argmax(axis=1)"
STUDENTS: dict[str, tuple[str, dict[str, str] | None, bool]] = {
    # id: name, answers in place of the course's (None: nothing is written), late
    "ada": ("Ada Lovelace", {}, False),
    "blaise": ("Blaise Pascal", {"squared_distances": _MEAN}, False),
    "carl": ("Carl Gauss", {"nearest": _FARTHEST}, True),
    "diophantus": ("Diophantus", None, False),
    "emmy": ("Emmy Noether", {}, False),
}


def prepare(folder: Path) -> Course:
    """A course with a roster, and beside it what Canvas gives: a zip of what the students uploaded."""
    course = copy_course(Course(ROOT), folder / "course")
    (course.root / "roster.csv").write_text(
        "id,name,email\n" + "".join(f"{who},{name},{who}@example.edu\n" for who, (name, _, _) in STUDENTS.items()),
        encoding="utf-8",
    )
    made = copy_course(Course(ROOT), folder / "elsewhere")  # so that the guide's own release is the first
    release(made, HOMEWORK)
    times = ["student,time"]
    due = made.assignment(HOMEWORK).due
    with zipfile.ZipFile(course.root / "submissions.zip", "w") as download:
        for number, (who, (name, answers, late)) in enumerate(STUDENTS.items()):
            upload = hand_in(made, folder / who, who, answers, due - timedelta(hours=3))
            canvas_name = "".join(reversed(name.lower().split()))
            download.write(upload, f"{canvas_name}{'_LATE' if late else ''}_{70 + number}_{900 + number}_{upload.name}")
            times.append(f"{who},{(due + (timedelta(hours=20) if late else timedelta(hours=-3))).isoformat()}")
    (course.root / "times.csv").write_text("\n".join(times) + "\n", encoding="utf-8")
    return course


def hand_in(course: Course, folder: Path, student: str, answers: dict[str, str] | None, now: datetime) -> Path:
    """What a student uploads, as `utils.submit` writes it."""
    folder.mkdir()
    (folder / "homework.json").write_bytes(contents(course, HOMEWORK)["homework.json"])
    cells = {} if answers is None else solutions_of(course, HOMEWORK, NOTEBOOK) | answers
    notebook = fill_in(course, HOMEWORK, NOTEBOOK, cells)
    (folder / f"{NOTEBOOK}.ipynb").write_text(dumps(notebook), encoding="utf-8")
    homework = read_homework(folder)
    opened = [one for one in (open_notebook(homework, n) for n in homework.notebooks) if isinstance(one, Opened)]
    path = folder / f"{HOMEWORK}_{student}.zip"
    pack(path, opened, receipt(homework, student, opened, {}, now))
    return path


def record(text: str, course: Course, program: Sequence[str] = ()) -> str:
    """The page with the output of each of its commands; `program` takes the place of ``course`` in them."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        **{"COLUMNS": "96", "NO_COLOR": "1", "TERM": "dumb", "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"},
    }

    def run(block: re.Match[str]) -> str:
        command, expected = block[3], int(block[2] or 0)
        real = f"{' '.join(program)} {command.removeprefix('course ')}" if program else command
        print(f"$ {command}", flush=True)
        done = subprocess.run(
            *(["bash", "-c", real if command.startswith("course ") else command],),
            cwd=course.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1800,
        )  # fmt: skip
        if done.returncode != expected:
            raise SystemExit(f"{command}: expected exit code {expected}, got {done.returncode}\n{done.stdout}")
        lines = [line.rstrip() for line in _without_our_paths(done.stdout, course).splitlines()]
        return f"```console{block[1] or ''}\n$ {command}\n" + "".join(f"{line}\n" for line in lines) + "```"

    return BLOCK.sub(run, text)


def _without_our_paths(text: str, course: Course) -> str:
    for folder in (course.root, ROOT):
        text = text.replace(str(folder), "/home/you/course")
    return text


def main() -> None:
    """Record the guide anew."""
    with tempfile.TemporaryDirectory() as folder:
        course = prepare(Path(folder))
        GUIDE.write_text(record(GUIDE.read_text(encoding="utf-8"), course, sys.argv[1:]), encoding="utf-8")


if __name__ == "__main__":
    main()

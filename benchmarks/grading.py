"""Grading a class: ``course grade`` beside nbgrader and Otter, on the same submissions in one run.

    python benchmarks/grading.py [--only copies kernel otter homework stubs again] [--copies 20 100] [--rounds 3]
                                 [--json FILE]

Everything is measured from outside, as a person would: a command is started and waited for, warm servers and imports
included. Each measurement says what it compares with and prints the ratio. Wants a quiet machine.

nbgrader is measured twice: as it comes, with its own settings and kernels and the same hidden tests called in the
notebook's process, and with this course's steps, which confine the kernel and call the tests from outside. What is
compared with Otter is a notebook of the same functions and their tests, without the experiments around them, on both
sides.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HOMEWORK, NOTEBOOK = "hw2", "3_rnn"

import jupytext  # noqa: E402
from nbformat.v4 import new_code_cell  # noqa: E402
from nbgrader.api import Gradebook  # noqa: E402

from autograder import notebooks, sandbox  # noqa: E402
from autograder.course import Course  # noqa: E402
from autograder.demo import copy_course  # noqa: E402
from autograder.jobs import Job, Scheduler  # noqa: E402
from autograder.launching import box_for, kernel_policy  # noqa: E402
from autograder.policy import GradingPolicy  # noqa: E402
from autograder.pool import LocalPool  # noqa: E402
from autograder.release import release  # noqa: E402
from autograder.samples import fill_in, solutions_of  # noqa: E402
from autograder.session import KernelSession  # noqa: E402
from autograder.warm import Launchers  # noqa: E402

Row = dict[str, Any]


def class_of(
    folder: Path, count: int, names: tuple[str, ...] = (NOTEBOOK,), change: Callable[[Course], None] | None = None
) -> Course:
    """A course in which `count` students hand in the course's own solutions; `change` comes before the release."""
    repository = Course(ROOT)
    course = copy_course(repository, folder, keep=names)
    if change:
        change(course)
    release(course, HOMEWORK)
    for name in names:
        text = notebooks.dumps(fill_in(course, HOMEWORK, name, solutions_of(repository, HOMEWORK, name)))
        for number in range(count):
            submitted = course.submitted(f"student{number:04}", HOMEWORK)
            submitted.mkdir(parents=True, exist_ok=True)
            (submitted / f"{name}.ipynb").write_text(text, encoding="utf-8")
    return course


def as_it_comes(course: Course) -> None:
    """Let nbgrader have its own settings, and a release and a gradebook made with them."""
    for path in (course.root / "gradebook.db", course.release(HOMEWORK) / f"{NOTEBOOK}.ipynb"):
        path.unlink()
    settings = 'c = get_config()\nc.CourseDirectory.course_id = "plain"\n'
    (course.root / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    timed(course, "nbgrader", "generate_assignment", HOMEWORK, f"--notebook={NOTEBOOK}")


def functions_only(course: Course) -> None:
    """Leave of the notebook what an Otter notebook has: NumPy, the functions to write, and their tests."""
    twin = course.twins(HOMEWORK) / f"{NOTEBOOK}.py"
    tree = notebooks.build_from_twin(twin)
    kept = []
    for cell in tree.cells:
        meta = notebooks.meta_of(cell)
        if meta.get("grade_id") == "setup":
            cell.source = "import numpy as np"
        elif not (meta.get("solution") or meta.get("grade")):
            continue
        kept.append(cell)
    tree.cells = kept
    jupytext.write(tree, twin, fmt="py:percent")


def timed(course: Course, *command: str) -> float:
    """Seconds that a command takes; it has to succeed."""
    # Where the environment is not activated, nbgrader finds the program that makes its gradebook so.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=course.root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path},
    )
    if done.returncode:
        sys.exit(f"grading.py: {' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - started


def scores(course: Course) -> dict[str, float]:
    """What the gradebook says."""
    with Gradebook(course.gradebook_url) as gradebook:
        return {entry.student_id: entry.score for entry in gradebook.assignment_submissions(HOMEWORK)}


@contextmanager
def copy_of(course: Course, folder: Path) -> Iterator[Course]:
    """The course as it was before anything was graded, for as long as the context lasts."""
    copy = Path(shutil.copytree(course.root, folder / "copy", symlinks=True))
    try:
        yield Course(copy)
    finally:
        shutil.rmtree(copy)


def copies(folder: Path, counts: list[int], rounds: int) -> list[Row]:
    """Copies of one notebook: nbgrader on the smallest number, ``course grade`` on all, one after another in rounds."""
    fewest = min(counts)
    grade = ("nbgrader", "autograde", HOMEWORK, f"--notebook={NOTEBOOK}")
    plain, stepped = class_of(folder / "plain", fewest), class_of(folder / "stepped", fewest)
    as_it_comes(plain)
    todo: dict[str | int, tuple[Course, tuple[str, ...]]] = {
        "as it comes": (plain, grade),
        "with this course's steps": (stepped, grade),
    }
    for count in counts:
        course = class_of(folder / f"course{count}", count)
        todo[count] = (course, ("autograder", "grade", HOMEWORK, "--notebook", NOTEBOOK))
    times: dict[str | int, list[float]] = {what: [] for what in todo}
    seen = set()
    for _ in range(rounds):
        for what, (course, command) in todo.items():
            with copy_of(course, folder) as copy:
                times[what].append(timed(copy, *command))
                seen.update(scores(copy).values())
    if len(seen) != 1:
        sys.exit(f"grading.py: the scores differ: {seen}")
    rows = []
    for count in counts:
        ours = statistics.median(times[count])
        for name in ("as it comes", "with this course's steps"):
            theirs = statistics.median(times[name]) / fewest * count
            rows.append(
                {
                    "what": f"{count} copies of the RNN notebook, median of {rounds}",
                    "ours_seconds": ours,
                    "other": f"nbgrader autograde {name}" + f", measured on {fewest}" * (count != fewest),
                    "other_seconds": theirs,
                    "ratio": theirs / ours,
                }
            )
    return rows


def kernel(rounds: int = 21) -> list[Row]:
    """A confined notebook of three cells that uses PyTorch, from a kernel's start until it is gone."""
    limits = Course(ROOT).assignment(HOMEWORK).limits("smoke")
    policy = kernel_policy("full", limits, "cpu", threads=1)
    launchers = Launchers()
    cells = ("import torch", "x = torch.ones(100, 100)", "print(float((x @ x).sum()))")

    def run(launcher: Any) -> float:
        started = time.perf_counter()
        with KernelSession(launcher, limits) as session:
            for code in cells:
                cell = new_code_cell(code)
                session.run_cell(cell, 30)
        if cell.outputs[0].text != "1000000.0\n":
            sys.exit(f"grading.py: the notebook failed: {cell.outputs}")
        return time.perf_counter() - started

    warm, fresh = launchers.get(policy, box_for(policy)), sandbox.ConfinedLauncher(policy)
    run(warm)
    times: dict[str, list[float]] = {"warm": [], "fresh": []}
    for number in range(rounds):
        times["warm"].append(run(warm))
        if number % 4 == 0:
            times["fresh"].append(run(fresh))
    launchers.close()
    ours, other = statistics.median(times["warm"]), statistics.median(times["fresh"])
    what = f"a confined three-cell torch notebook, median of {rounds}"
    return [
        {"what": what, "ours_seconds": ours, "other": "a fresh kernel", "other_seconds": other, "ratio": other / ours}
    ]


def homework(folder: Path) -> list[Row]:
    """All notebooks of one right submission."""
    names = tuple(entry.name for entry in Course(ROOT).assignment(HOMEWORK).notebooks)
    course = class_of(folder / "homework", 1, names)
    ours = timed(course, "autograder", "grade", HOMEWORK)
    return [
        {"what": f"all {len(names)} notebooks of one right submission, score {scores(course)}", "ours_seconds": ours}
    ]


def again(folder: Path, count: int = 200) -> list[Row]:
    """A second run in which nothing has changed."""
    course = class_of(folder / "again", count)
    first = timed(course, "autograder", "grade", HOMEWORK, "--notebook", NOTEBOOK)
    before = scores(course)
    second = timed(course, "autograder", "grade", HOMEWORK, "--notebook", NOTEBOOK)
    if scores(course) != before:
        sys.exit("grading.py: the second run changed scores")
    what = f"{count} submissions again, nothing changed"
    return [
        {
            "what": what,
            "ours_seconds": second,
            "other": "the first run",
            "other_seconds": first,
            "ratio": first / second,
        }
    ]


@contextmanager
def dask_processes(folder: Path, workers: int) -> Iterator[str]:
    """A Dask scheduler and workers in processes of their own, as on a cluster; yields the address."""
    file = folder / "scheduler.json"
    commands = [["scheduler", "--host", "127.0.0.1", "--port", "0", "--dashboard-address", ":0"]]
    commands += [["worker", "--nthreads", "1", "--no-dashboard"] for _ in range(workers)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{name}", *more, "--scheduler-file", str(file)],
            cwd=folder,
            stderr=subprocess.DEVNULL,
        )
        for name, *more in commands
    ]
    try:
        while not file.is_file():
            time.sleep(0.1)
        yield json.loads(file.read_text())["address"]
    finally:
        for process in processes[::-1]:
            process.terminate()
            process.wait()


def stubs(folder: Path, count: int = 10_000) -> list[Row]:
    """Notebooks that take no time to grade, through both schedulers: what is left is the coordinator's own work."""
    from autograder.cluster import open_cluster

    course = class_of(folder / "stubs", 1)
    policy = GradingPolicy(course, course.assignment(HOMEWORK))
    run = policy.run(policy.records(), threads=1)
    workers = os.cpu_count() or 1
    rows = through(f"{count} stubs, local processes", LocalPool(run, workers), count)
    with dask_processes(folder, workers) as address:
        rows += through(f"{count} stubs, Dask", open_cluster(address, run, workers), count)
    return rows


def through(what: str, scheduler: Scheduler, count: int) -> list[Row]:
    """The coordinator's processor time and memory for `count` jobs that take none."""
    try:
        job = Job("student", NOTEBOOK, "key", refused="a stub")
        list(scheduler.run([job]))  # the workers' start is measured elsewhere
        before = resource.getrusage(resource.RUSAGE_SELF)
        started = time.perf_counter()
        done = sum(1 for _ in scheduler.run(Job(f"s{n}", NOTEBOOK, f"k{n}", refused="a stub") for n in range(count)))
        seconds = time.perf_counter() - started
        used = resource.getrusage(resource.RUSAGE_SELF)
    finally:
        scheduler.close()
    if done != count:
        sys.exit(f"grading.py: {done} of {count} stubs came back")
    busy = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    grown = (used.ru_maxrss - before.ru_maxrss) / 1024
    what = f"{what}: {1000 * busy / count:.2f} ms of the coordinator each, memory +{grown:.0f} MiB"
    return [{"what": what, "ours_seconds": seconds}]


OTTER_TEST = """OK_FORMAT = False
from otter.test_files import test_case
import numpy as np
name = "rnn"
points = 10

@test_case()
def test_step(rnn_step_forward):
    x, h, Wx, Wh, b = np.ones((2, 3)), np.ones((2, 4)), np.ones((3, 4)), np.ones((4, 4)), np.ones(4)
    assert np.allclose(rnn_step_forward(x, h, Wx, Wh, b)[0], np.tanh(x @ Wx + h @ Wh + b))

@test_case()
def test_sequence(rnn_forward):
    x, h, Wx, Wh, b = np.ones((5, 2, 3)), np.ones((2, 4)), np.ones((3, 4)), np.ones((4, 4)), np.ones(4)
    assert rnn_forward(x, h, Wx, Wh, b)[0].shape == (5, 2, 4)
"""


def otter(folder: Path, rounds: int, count: int = 5) -> list[Row]:
    """``otter run`` on the same functions as an Otter notebook, with two small tests; the program is on the path."""
    program = shutil.which("otter")
    if program is None:
        print(
            "otter is not on the path: skipped (pip install otter-grader, in an environment of its own)",
            file=sys.stderr,
        )
        return []
    work = folder / "otter"
    (work / "tests").mkdir(parents=True)
    (work / "tests" / "rnn.py").write_text(OTTER_TEST, encoding="utf-8")
    solutions = solutions_of(Course(ROOT), HOMEWORK, NOTEBOOK)
    tree = notebooks.build_from_twin(ROOT / "assignments" / HOMEWORK / f"{NOTEBOOK}.py")
    tree.cells = [new_code_cell("import numpy as np")]
    tree.cells += [new_code_cell(text) for name, text in solutions.items() if not name.startswith("derive")]
    notebooks.write(tree, work / "rnn.ipynb")
    subprocess.run(
        [program, "generate", "-t", "tests", "-o", "autograder.zip"], cwd=work, check=True, capture_output=True
    )
    times = []
    for _ in range(count):
        started = time.perf_counter()
        done = subprocess.run(
            [program, "run", "-a", "autograder.zip", "rnn.ipynb"], cwd=work, check=False, capture_output=True, text=True
        )
        times.append(time.perf_counter() - started)
    if not (work / "results.json").is_file():
        sys.exit(f"grading.py: otter failed: {done.stderr[-2000:]}")
    other, rows = statistics.median(times), []
    for what, change in (("the functions of the RNN notebook", functions_only), ("the whole RNN notebook", None)):
        course = class_of(folder / what.replace(" ", "-"), 40, change=change)
        whole = []
        for _ in range(rounds):
            with copy_of(course, folder) as copy:
                whole.append(timed(copy, "autograder", "grade", HOMEWORK, "--notebook", NOTEBOOK))
        ours = statistics.median(whole) / 40
        row = {
            "what": f"{what}, with all hidden tests, one of 40",
            "ours_seconds": ours,
            "other": "otter run, the functions, two small tests",
            "other_seconds": other,
            "ratio": other / ours,
        }
        rows.append(row)
    return rows


def show(row: Row) -> None:
    """Print a row of the table."""
    other = f"{row['other']}: {row['other_seconds']:.2f} s | {row['ratio']:.1f}x" if "other" in row else "|"
    print(f"| {row['what']} | {row['ours_seconds']:.2f} s | {other} |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=["copies", "kernel", "otter", "homework", "stubs", "again"])
    parser.add_argument("--copies", nargs="*", type=int, default=[20, 100])
    parser.add_argument("--rounds", type=int, default=3, help="how often classes are graded")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="grading-"))
    parts: dict[str, Callable[[], list[Row]]] = {
        "kernel": kernel,
        "copies": lambda: copies(folder, options.copies, options.rounds),
        "otter": lambda: otter(folder, options.rounds),
        "homework": lambda: homework(folder),
        "again": lambda: again(folder),
        "stubs": lambda: stubs(folder),
    }
    print("| what | course grade | beside | ratio |\n|---|---:|---:|---:|")
    rows = []
    try:
        for name, part in parts.items():
            if not options.only or name in options.only:
                for row in part():
                    show(row)
                    rows.append(row)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

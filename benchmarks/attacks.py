"""The bank of attacks against this grader and against plain nbgrader, side by side.

    python benchmarks/attacks.py [--themes cells hooks ...] [--jobs 2] [--json FILE]

Both grade the same submissions of notebook 3. Plain nbgrader has its default configuration and, as its users write
them, the tests in the notebook: asserts on numbers, half of them hidden. An attack counts as a success if the
submission gains a point by it, gets at or changes something outside of itself, leaves something behind, ends or blocks
the grading of others, or has a script run on its reader's page (see ``tests/autograder/attack_bank.py``).

The attacks run for real under plain nbgrader, so it is put into a box of bubblewrap's that shows the whole machine but
lets it change only temporary folders. What the box itself prevents, such as a change to installed packages,
is counted in nbgrader's favour. Takes half an hour on two cores.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "autograder"))

import nbformat  # noqa: E402
import numpy as np  # noqa: E402
from attack_bank import ATTACKER, FUNCTIONS, NEIGHBOUR, NEXT, Attack, Graded, Range, attacks  # noqa: E402
from attack_target import HOMEWORK, NOTEBOOK, Ours, find_programs, lay_out, scripts_in  # noqa: E402
from nbgrader.api import Gradebook, MissingEntry  # noqa: E402

from autograder import bank, notebooks  # noqa: E402
from autograder.course import Course  # noqa: E402
from autograder.samples import solutions_of  # noqa: E402

MOST_SECONDS = 150
GRADERS = ("ours", "nbgrader")
NBGRADER_CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "plain"\n'
_SIZES = {
    "rnn_step_forward": ((2, 3), (2, 4), (3, 4), (4, 4), (4,)),
    "rnn_forward": ((5, 2, 3), (2, 4), (3, 4), (4, 4), (4,)),
}


class Plain:
    """Plain nbgrader with a notebook that holds its tests."""

    def __init__(self, root: Path, mark: Callable[[], str]) -> None:
        self.root = root
        self.mark = mark
        (root / "source" / HOMEWORK).mkdir(parents=True)
        (root / "nbgrader_config.py").write_text(NBGRADER_CONFIG, encoding="utf-8")
        nbformat.write(with_tests_inside(), root / "source" / HOMEWORK / f"{NOTEBOOK}.ipynb")
        self._run("generate_assignment", HOMEWORK, "--force", boxed=False)
        self._released = json.loads((root / "release" / HOMEWORK / f"{NOTEBOOK}.ipynb").read_text(encoding="utf-8"))
        self._solutions = solutions_of(Course(ROOT), HOMEWORK, NOTEBOOK)

    def submission(self, base: str) -> dict[str, Any]:
        """A notebook as handed in: ``blank``, ``partly`` right or ``right``."""
        notebook: dict[str, Any] = json.loads(json.dumps(self._released))
        for cell in notebook["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if name in FUNCTIONS and (base == "right" or (base == "partly" and name.endswith("forward"))):
                cell["source"] = self._solutions[name]
        return notebook

    def grade(self, student: str, second_try: bool = False) -> Graded:
        """Run ``nbgrader autograde`` on one student; where that fails, on all, to see whether it stops the others."""
        with Gradebook(self._url) as gradebook, contextlib.suppress(MissingEntry):
            gradebook.remove_submission(HOMEWORK, student)
        done = self._run("autograde", HOMEWORK, "--student", student, "--force")
        left = tuple(done.get("left", ()))
        if done["rc"] is None:
            return Graded(0.0, trouble=f"grading did not come to an end in {MOST_SECONDS} s", left=left)
        if done["rc"] < 0:
            return Graded(0.0, trouble="the submission ended the grader", left=left)
        if done["rc"] and student == ATTACKER:
            shutil.rmtree(self.root / "autograded" / NEXT, ignore_errors=True)
            self._run("autograde", HOMEWORK, "--force", f"--CourseDirectory.student_id_exclude={NEIGHBOUR}")
            if not (self.root / "autograded" / NEXT / HOMEWORK / f"{NOTEBOOK}.ipynb").exists():
                return Graded(0.0, trouble="the grading of all later students stopped", left=left)
            return Graded(0.0, status="refused", left=left)
        try:
            with Gradebook(self._url) as gradebook:
                score = gradebook.find_submission_notebook(NOTEBOOK, HOMEWORK, student).score
        except MissingEntry:
            score = 0.0
        return Graded(score, left=left)

    def pages(self, student: str, browse: bool = False) -> list[str]:
        """Run ``nbgrader generate_feedback``."""
        if not (self.root / "autograded" / student).is_dir():
            return []
        done = self._run("generate_feedback", HOMEWORK, "--student", student, "--force")
        if done["rc"]:
            return ["no feedback could be made"]
        return scripts_in(self.root / "feedback" / student / HOMEWORK) if browse else []

    @property
    def _url(self) -> str:
        return f"sqlite:///{self.root / 'gradebook.db'}"

    def _run(self, *arguments: str, boxed: bool = True) -> dict[str, Any]:
        """Run a verb of nbgrader's: its exit status (None if it took too long), and what it left running."""
        command = [sys.executable, "-m", "nbgrader", *arguments]
        own = Path("/tmp", self.mark(), "jupyter")
        settings = {f"JUPYTER_{name}_DIR": str(own / name) for name in ("RUNTIME", "CONFIG", "DATA")}
        environment = {**os.environ, **settings, "IPYTHONDIR": str(own / "ipython"), "MPLCONFIGDIR": str(own / "mpl")}
        if boxed:
            box = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--cap-drop", "ALL"]
            for folder in ("/tmp", "/var/tmp", str(self.root.parent)):
                box += ["--bind", folder, folder]
            box += ["--unshare-pid", "--unshare-ipc", "--die-with-parent", "--new-session", "--chdir", str(self.root)]
            runner = Path(__file__).with_name("in_a_box.py")
            command = [*box, "--", sys.executable, str(runner), self.mark(), *command]
        try:
            done = subprocess.run(
                command, cwd=self.root, env=environment, capture_output=True, timeout=MOST_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return {"rc": None}
        if not boxed:
            assert done.returncode == 0, done.stderr.decode()
            return {"rc": 0}
        try:
            return dict(json.loads(done.stdout.decode(errors="replace").splitlines()[-1]))
        except (ValueError, IndexError):
            return {"rc": -1}


def with_tests_inside() -> nbformat.NotebookNode:
    """The instructors' notebook 3, with its tests written into its grading cells."""
    notebook = notebooks.build_from_twin(ROOT / "assignments" / HOMEWORK / f"{NOTEBOOK}.py")
    cells = []
    for cell in notebook.cells:
        meta = notebooks.meta_of(cell)
        name = meta.get("grade_id", "").removeprefix("test_")
        if meta.get("grade_id") == "setup":
            cell.source = "import numpy as np"
        elif name in FUNCTIONS and meta.get("grade"):
            visible, hidden = asserts(name, seed=1), asserts(name, seed=2)
            cell.source = f"{visible}\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
        elif not meta.get("solution"):
            continue
        cells.append(cell)
    notebook.cells = cells
    return notebook


def asserts(name: str, seed: int) -> str:
    """A test as people write it: inputs from a seed, the numbers that should come out, asserts."""
    forward = name.replace("backward", "forward")
    names = "x, h, Wx, Wh, b"
    rng = np.random.default_rng(seed)
    inputs = [rng.normal(size=size) for size in _SIZES[forward]]
    course = bank.namespace(HOMEWORK, NOTEBOOK)
    output, cache = course[forward](*inputs)
    lines = [f"rng = np.random.default_rng({seed})"]
    lines += [f"{names} = (rng.normal(size=size) for size in {_SIZES[forward]!r})"]
    if name == forward:
        lines += [f"expected = np.array({output.round(8).tolist()!r})", f"got, _ = {name}({names})"]
        lines += ["assert got.shape == expected.shape", "assert np.allclose(got, expected)"]
        return "\n".join(lines)
    upstream = rng.normal(size=output.shape)
    gradients = ", ".join(f"np.array({gradient.round(8).tolist()!r})" for gradient in course[name](upstream, cache))
    lines += [f"upstream = rng.normal(size={output.shape!r})", f"expected = [{gradients}]"]
    lines += [f"got = {name}(upstream, {forward}({names})[1])", "assert len(got) == len(expected)"]
    lines += ["for one, other in zip(got, expected):", "    assert np.max(np.abs(one - other)) < 1e-6"]
    return "\n".join(lines)


def measure(grader: str, bank_part: list[Attack]) -> dict[str, list[str]]:
    """What each attack achieved against one of the graders."""
    warnings.simplefilter("ignore")
    results: dict[str, list[str]] = {}
    here: Range | None = None
    for attack in bank_part:
        if here is None or here.spoiled:
            if here is not None:
                here.__exit__()
            here = new_range(grader)
        try:
            found = here.try_attack(attack)
            if here.waiting >= 5 and not found:
                found = here.try_next()
        except Exception as error:  # such as a gradebook that is no database any more
            found, here.spoiled = [f"the course is damaged: {error}"], True
        results[str(attack)] = found
        print(f"{grader:9} {attack!s:45} {found[0][:100] if found else 'held'}", file=sys.stderr, flush=True)
    if here is not None:
        here.__exit__()
    return results


def new_range(grader: str) -> Range:
    """A course for one of the graders in a new folder."""
    folder = Path(tempfile.mkdtemp(prefix="attacks-"))
    if grader == "ours":
        return Range(Ours(lay_out(folder / "course")), folder, browse=True).__enter__()
    marks = [folder.name]
    find_programs()
    (folder / "course").mkdir()
    target = Plain(folder / "course", lambda: marks[0])
    here = Range(target, folder, browse=True)
    marks[0] = here.mark
    return here.__enter__()


def table(results: dict[str, dict[str, list[str]]]) -> str:
    """Attacks that succeeded, by theme, as a Markdown table."""
    names = sorted(next(iter(results.values())))
    graders = [grader for grader in GRADERS if grader in results]
    lines = [f"| theme | attacks | {' | '.join(f'succeed against {grader}' for grader in graders)} |"]
    lines.append("|---|---:|" + "---:|" * len(graders))
    themes = [*sorted({name.partition("/")[0] for name in names}), ""]
    for theme in themes:
        part = [name for name in names if name.startswith(f"{theme}/") or not theme]
        counts = [str(sum(bool(results[grader][name]) for name in part)) for grader in graders]
        cells = [theme or "together", str(len(part)), *counts]
        lines.append(f"| {' | '.join(f'**{cell}**' if not theme else cell for cell in cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--themes", nargs="*", help="folders of tests/banks/attacks; all by default")
    parser.add_argument("--graders", nargs="*", choices=GRADERS, default=GRADERS)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path, help="write what each attack achieved to this file")
    options = parser.parse_args()
    if not shutil.which("bwrap"):
        sys.exit("attacks.py: bubblewrap (bwrap) is needed, so that the attacks cannot harm this machine")
    chosen = [attack for attack in attacks() if not options.themes or attack.theme in options.themes]
    results: dict[str, dict[str, list[str]]] = {}
    with ProcessPoolExecutor(options.jobs) as pool:
        parts = [(grader, chosen[at :: options.jobs]) for grader in options.graders for at in range(options.jobs)]
        for (grader, _), found in zip(parts, pool.map(measure, *zip(*parts, strict=True)), strict=True):
            results.setdefault(grader, {}).update(found)
    print(table(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

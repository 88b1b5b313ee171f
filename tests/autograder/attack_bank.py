"""The bank of attacks in ``tests/banks/attacks``, and the range on which they are tried.

`attacks` reads the bank; its README describes the format. `Range` lays out what an attack may want to harm or to get at
(a home folder, a neighbour's submission, a server that counts visits), has one submission after another graded by a
`Target`, and says what each of them achieved. The targets are this grader (`attack_target`) and, in
``benchmarks/attacks.py``, plain nbgrader.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import stat
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from attack_watch import Listeners, MemoryWatch, processes_with

ROOT = Path(__file__).resolve().parents[2]
BANK = ROOT / "tests" / "banks" / "attacks"
KINDS = ("cell", "notebook", "folder")
BASES = ("blank", "partly")
FUNCTIONS = ("rnn_step_forward", "rnn_step_backward", "rnn_forward", "rnn_backward")
TOKEN = "GOT-IT"
MOST_SECONDS = 100
MOST_MEMORY = 1.5 * 2**30
ATTACKER, NEIGHBOUR, NEXT = "attacker", "neighbour", "next"

PRELUDE = """
FUNCTIONS = {functions!r}
COURSE, HOME, REPO, MARK, PORT = {course!r}, {home!r}, {repo!r}, {mark!r}, {port!r}


def got_it(what=""):
    print("GOT" + "-IT", str(what)[:300])


def hidden():
    import traceback

    cells = globals().get("In") or [""]
    return "HIDDEN TESTS" in cells[-1] or any("responder" in frame.filename for frame in traceback.extract_stack())


def numbers(values):
    found = [value for value in values if hasattr(value, "flat")]
    return " ".join(format(float(number), ".6f") for value in found[:1] for number in list(value.flat)[:4])


def keep(name, function):
    def bind(*args):
        get_ipython().user_ns[name] = function

    bind()
    get_ipython().events.register("pre_run_cell", bind)
    get_ipython().events.register("post_run_cell", bind)


def take_over(function):
    for name in FUNCTIONS:
        keep(name, function)


def add_markdown(notebook, text):
    cell = {{"cell_type": "markdown", "id": "own-text", "metadata": {{}}, "source": text}}
    notebook["cells"].insert(1, cell)
"""


@dataclass(frozen=True)
class Attack:
    """One file of the bank."""

    path: Path
    kind: str
    """``cell``, ``notebook`` or ``folder``: what of the submission it is or changes."""
    source: str
    about: str
    base: str = "blank"
    """The submission that it is put into, and compared with."""
    second_try: bool = False
    """Whether it is about the runs in which the course's functions stand in for the student's."""
    ungraded: str = ""
    """Why this submission may stay without a grade until a person has looked at it."""

    @property
    def theme(self) -> str:
        return self.path.parent.name

    def __str__(self) -> str:
        return f"{self.theme}/{self.path.stem}"


def attacks(theme: str = "*") -> list[Attack]:
    """All attacks, by theme and name."""
    return [read(path) for path in sorted(BANK.glob(f"{theme}/*.py"))]


def read(path: Path) -> Attack:
    """Read one file of the bank.

    Raises
    ------
    ValueError
        If it is not as the README asks.
    """
    source = path.read_text(encoding="utf-8")
    about = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
    marks = dict(re.findall(r"^# (kind|base|second_try|ungraded): *(.+?) *$", source, re.MULTILINE))
    kind, base = marks.get("kind", ""), marks.get("base", "blank")
    if not about or kind not in KINDS or base not in BASES:
        raise ValueError(f"{path}: it needs a docstring that says what it tries, and `# kind:` {' or '.join(KINDS)}")
    return Attack(path, kind, source, about, base, marks.get("second_try") == "yes", marks.get("ungraded", ""))


@dataclass(frozen=True)
class Graded:
    """What a grader made of a submission."""

    score: float
    status: str = "graded"
    shown: str = ""
    """All that the student is told beside the pages: messages, notes."""
    inputs: frozenset[str] = frozenset()
    """Six digits of each number that the hidden tests put in, where they are known."""
    trouble: str = ""
    """What went wrong with the grading itself, for this submission or for all."""
    left: tuple[str, ...] = ()
    """Processes that were still there when the grading had ended."""


class Target(Protocol):
    """A grader under attack."""

    root: Path
    """The folder of its course, with submitted/, autograded/, feedback/ and gradebook.db."""

    def submission(self, base: str) -> dict[str, Any]:
        """A notebook as handed in: ``blank``, ``partly`` right or ``right``."""

    def grade(self, student: str, second_try: bool = False) -> Graded:
        """Grade what lies below ``submitted/<student>/hw2``."""

    def pages(self, student: str, browse: bool = False) -> list[str]:
        """Make the feedback pages of a student who has been graded; what went wrong, also in a browser if asked to."""


@dataclass
class Range:
    """A course with neighbours, things worth stealing and ears, in a folder of its own.

    Parameters
    ----------
    target : Target
        Who grades.
    folder : Path
        An empty folder outside the course.
    """

    target: Target
    folder: Path
    browse: bool = False
    """Whether pages with attacks on their readers are opened in a browser."""
    mark: str = field(default_factory=lambda: f"attack{uuid.uuid4().hex[:8]}")
    spoiled: bool = False
    """Whether an attack has done lasting harm, so that a new range is needed for the next one."""

    def __enter__(self) -> Range:
        self.home = self.folder / "home"
        (self.home / ".ssh").mkdir(parents=True)
        self.secret = f"secret-{self.mark}"
        for name in ("secret.txt", ".ssh/id_rsa", ".netrc"):
            (self.home / name).write_text(self.secret, encoding="utf-8")
        # Sockets' paths are short, and everything that belongs to this range has its mark in it.
        self.runtime = Path("/tmp", self.mark)
        self.runtime.mkdir()
        self._open = contextlib.ExitStack()
        self._open.enter_context(
            changed_environment(HOME=str(self.home), XDG_RUNTIME_DIR=str(self.runtime), COURSE_CANARY=self.secret)
        )
        self.listeners = Listeners(self.mark, self.home / "socket")
        self._cost: dict[str, float] = {}
        for student in (NEIGHBOUR, NEXT):
            self._hand_in(student, self.target.submission("right"))
            self._cost[student] = self._grade(student).score
        self._waiting: list[Attack] = []
        return self

    def __exit__(self, *error: object) -> None:
        self.listeners.close()
        self._open.close()
        shutil.rmtree(self.runtime, ignore_errors=True)

    def base_score(self, base: str) -> float:
        """What a submission gets without an attack; graded once."""
        if base not in self._cost:
            self._clear()
            self._hand_in(ATTACKER, self.target.submission(base))
            self._cost[base] = self._grade(ATTACKER).score
        return self._cost[base]

    def try_attack(self, attack: Attack) -> list[str]:
        """Have a submission with this attack graded; one sentence for each thing that it achieved."""
        base = self.base_score(attack.base)
        self._clear()
        self.put(attack)
        before = self._state()
        self.listeners.reset()
        started = time.monotonic()
        with MemoryWatch() as memory:
            graded = self._grade(ATTACKER, attack.second_try)
            browse = self.browse and attack.theme == "pages"
            found = [] if graded.trouble else self.target.pages(ATTACKER, browse)
        found += self._gains(attack, graded, base) + self._changes(before, self._state())
        found += [f"a process was left behind: {line}" for line in (*graded.left, *processes_with(self.mark))]
        found += [f"somebody was reached: {visit}" for visit in self.listeners.visits()]
        if (seconds := time.monotonic() - started) > MOST_SECONDS:
            found.append(f"the grader was busy for {seconds:.0f} s")
        if memory.grown > MOST_MEMORY:
            found.append(f"the grader took {memory.grown / 2**30:.1f} GiB of memory")
        self._waiting.append(attack)
        self.spoiled = self.spoiled or bool(found)
        return found

    def try_next(self) -> list[str]:
        """Grade the next one in line, whose work is right; what is different from usual since the last time."""
        waiting, self._waiting = self._waiting, []
        graded = self._grade(NEXT)
        if graded.score == self._cost[NEXT] and not graded.trouble:
            return []
        self.spoiled = True
        names = ", ".join(map(str, waiting))
        return [f"the next submission got {graded.score:g}, not {self._cost[NEXT]:g} {graded.trouble}, after {names}"]

    @property
    def waiting(self) -> int:
        """How many attacks there have been since the next one in line was graded."""
        return len(self._waiting)

    def put(self, attack: Attack) -> Path:
        """Hand in a submission with this attack in it."""
        notebook = self.target.submission(attack.base)
        prelude = PRELUDE.format(functions=FUNCTIONS, course=str(self.target.root), home=str(self.home),
                                 repo=str(ROOT), mark=self.mark, port=self.listeners.port)  # fmt: skip
        if attack.kind == "cell":
            cell = {"cell_type": "code", "id": "attack", "metadata": {}, "outputs": [], "execution_count": None}
            notebook["cells"].insert(0, {**cell, "source": prelude + attack.source})
            return self._hand_in(ATTACKER, notebook)
        names: dict[str, Any] = {}
        exec(compile(prelude + attack.source, str(attack.path), "exec"), names)
        if attack.kind == "folder":
            folder = self._hand_in(ATTACKER, notebook)
            names["change"](folder)
            return folder
        replaced = names["change"](notebook)
        return self._hand_in(ATTACKER, notebook if replaced is None else replaced)

    def _hand_in(self, student: str, notebook: dict[str, Any] | str) -> Path:
        folder = self.target.root / "submitted" / student / "hw2"
        folder.mkdir(parents=True, exist_ok=True)
        # As text with escapes, so that half characters can be handed in.
        text = notebook if isinstance(notebook, str) else json.dumps(notebook)
        (folder / "3_rnn.ipynb").write_text(text, encoding="utf-8")
        return folder

    def _grade(self, student: str, second_try: bool = False) -> Graded:
        return self.target.grade(student, second_try)

    def _clear(self) -> None:
        for name in ("submitted", "autograded", "feedback"):
            remove(self.target.root / name / ATTACKER)

    def _gains(self, attack: Attack, graded: Graded, base: float) -> list[str]:
        """What the student got out of it: points, or knowledge."""
        found = []
        if graded.score > base + 1e-6:
            found.append(f"{graded.score:g} points instead of {base:g}")
        if graded.trouble:
            found.append(f"not graded: {graded.trouble}")
        elif graded.status == "not graded" and not attack.ungraded:
            found.append(f"not graded: {graded.shown[:300]}")
        made = [path for name in ("autograded", "feedback") for path in walk(self.target.root / name / ATTACKER)]
        for path, text in [(Path("messages"), graded.shown), *((path, read_text(path)) for path in made)]:
            for line in sorted({line[:200] for line in re.findall(rf"{TOKEN}.*", text)})[:3]:
                found.append(f"in {path.name}: {line}")
            if self.secret in text:
                found.append(f"in {path.name}: the secret of the one who grades")
            if attack.kind == "folder" and self.mark in text and path.suffix.startswith((".htm", ".xht")):
                found.append(f"{path.name} was handed on with the pages")
        digits = re.findall(r"\d{5,}", re.sub(r"[.,\s-]", "", graded.shown))
        if any(number in run for run in digits for number in graded.inputs):
            found.append("numbers of the hidden tests are in the messages")
        return found

    def _state(self) -> dict[str, str]:
        """All that no submission may change, as one text for each thing."""
        state = {f"row {row}": "" for row in _rows_of_others(self.target.root / "gradebook.db")}
        state |= _files(self.home, ()) | _files(self.target.root, _MADE_BY_GRADING)
        for folder in ("/tmp", "/var/tmp", "/dev/shm", str(ROOT), str(Path.cwd())):
            state |= {str(path): "there" for path in Path(folder).glob(f"*{self.mark}*")}
        for kind in ("shm", "msg", "sem"):
            state[f"shared {kind}"] = read_text(Path("/proc/sysvipc", kind)).partition("\n")[2][:60]
        return state

    def _changes(self, before: dict[str, str], after: dict[str, str]) -> list[str]:
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        return [f"changed outside: {name[:200]}" for name in sorted(names)[:5]]


_MADE_BY_GRADING = (
    ".course",
    "gradebook.db",
    *(f"{folder}/{student}" for folder in ("submitted", "autograded", "feedback") for student in (ATTACKER, NEXT)),
)


def _files(root: Path, without: tuple[str, ...]) -> dict[str, str]:
    state = {}
    for path in walk(root, without):
        with contextlib.suppress(OSError):
            info = path.lstat()
            plain = stat.S_ISREG(info.st_mode)
            state[str(path)] = f"{info.st_mode:o} " + (hashlib.sha1(path.read_bytes()).hexdigest() if plain else "")
    return state


def walk(root: Path, without: tuple[str, ...] = ()) -> Iterator[Path]:
    """All files and links below a folder, but for what is below `without`."""
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if str(Path(folder, name).relative_to(root)) not in without]
        yield from (Path(folder, name) for name in files if name not in without)
        yield from (path for name in folders if (path := Path(folder, name)).is_symlink())


def _rows_of_others(path: Path) -> list[str]:
    """Every row of the gradebook but those that grading the attacker and the next one writes."""
    with contextlib.closing(sqlite3.connect(path)) as book:
        tables = [name for (name,) in book.execute("select name from sqlite_master where type = 'table'")]
        rows = {table: book.execute(f'select * from "{table}"').fetchall() for table in tables}
        own: set[Any] = {ATTACKER, NEXT}
        for table, column in (
            ("submitted_assignment", "student_id"),
            ("submitted_notebook", "assignment_id"),
            ("grade", "notebook_id"),
            ("comment", "notebook_id"),
        ):
            marks = ", ".join("?" * len(own))
            query = f"select id from {table} where {column} in ({marks})"
            own.update(key for (key,) in book.execute(query, sorted(own)))
    return sorted(f"{table} {row}" for table, found in rows.items() for row in found if own.isdisjoint(row))


def read_text(path: Path) -> str:
    """A plain file's text, whatever it is; nothing of anything else."""
    try:
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() and not path.is_symlink() else ""
    except OSError:
        return ""


def remove(path: Path) -> None:
    """Remove a folder in which anything may lie, or a link; nothing that a link leads to."""
    if path.is_symlink() or path.is_file():
        path.unlink()
        return

    def retry(function: Callable[..., Any], name: str, error: Any) -> None:
        with contextlib.suppress(OSError):
            Path(name).chmod(0o700)
            function(name)

    shutil.rmtree(path, onerror=retry)


@contextlib.contextmanager
def changed_environment(**variables: str) -> Iterator[None]:
    """Set environment variables for a while."""
    old = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in old.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

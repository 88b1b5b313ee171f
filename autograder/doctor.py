"""Looks whether this machine can do the course's work, and says what to do where it cannot.

Each check is a small function that returns one or more `Check`; what it needs is tried, not looked up, where that is
quick. A check that fails on its own account is told like any other trouble.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_core.paths import jupyter_config_path
from packaging.requirements import Requirement
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder import layers
from autograder.course import Course
from autograder.errors import CourseError, UsageError
from autograder.gradebook import open_gradebook
from autograder.nbgrader_settings import configure
from autograder.record import load_record
from utils.data.errors import DataError
from utils.data.registry import DATA_SETS
from utils.data.store import State as DataState
from utils.data.store import locate

PROFILES = ("smoke", "full")
_PACKAGE = "deep-learning-homework"
_OLDEST_PYTHON = (3, 11)
_GIB = 2**30
_NEEDED_GIB, _COMFORTABLE_GIB = 1, 10
_TRIAL_SECONDS = 180


class State(StrEnum):
    """How a check came out."""

    OK = "ok"
    NOTE = "note"
    """It works, but somebody should know this."""
    MISSING = "missing"
    """Something that is needed is not there or does not work."""


@dataclass(frozen=True)
class Check:
    """One line of the report.

    Attributes
    ----------
    name : str
        What was looked at.
    state : State
        How it came out.
    detail : str
        What was found.
    remedy : str
        What to do; empty where there is nothing to do.
    """

    name: str
    state: State
    detail: str
    remedy: str = ""


def examine(start: Path | None = None, sandbox: str = "full", profile: str = "smoke") -> list[Check]:
    """Look at everything.

    Parameters
    ----------
    start : Path, optional
        Where to look for the course; the current folder if not given.
    sandbox : {"full", "partial", "off"}
        With which mode ``course grade`` will be run.
    profile : {"smoke", "full"}
        With which profile: ``full`` needs the real data.

    Raises
    ------
    UsageError
        If `sandbox` or `profile` is none of these.
    """
    if sandbox not in layers.MODES:
        raise UsageError(f"--sandbox is one of {', '.join(layers.MODES)}; got {sandbox!r}")
    if profile not in PROFILES:
        raise UsageError(f"--profile is one of {', '.join(PROFILES)}; got {profile!r}")
    checks: list[Check] = []
    for name, look in _MACHINE.items():
        checks += _looked(name, look)
    checks += _looked("sandbox", lambda: check_sandbox(sandbox))
    checks += _looked("data", lambda: check_data(profile))
    try:
        course = Course.find(start)
    except CourseError as error:
        return [*checks, Check("course", State.MISSING, str(error), "change into the course's folder")]
    for name, look_at in _COURSE.items():
        checks += _looked(name, lambda look_at=look_at: look_at(course))  # type: ignore[misc]
    return checks


def needed_is_missing(checks: Iterable[Check]) -> bool:
    """Whether something has to be done before the course's work can be."""
    return any(check.state is State.MISSING for check in checks)


def as_json(checks: list[Check]) -> str:
    """The report for programs."""
    tree = {"ok": not needed_is_missing(checks), "checks": [asdict(check) for check in checks]}
    return json.dumps(tree, indent=1, ensure_ascii=False)


def _looked(name: str, look: Callable[[], Iterable[Check]]) -> list[Check]:
    try:
        return list(look())
    except Exception as error:  # a doctor who falls ill still tells about the others
        return [Check(name, State.MISSING, f"could not be looked at: {type(error).__name__}: {error}")]


def check_python() -> list[Check]:
    """Python's version, and whether every package that is needed is there in a version that fits."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _OLDEST_PYTHON:
        wanted = ".".join(map(str, _OLDEST_PYTHON))
        return [Check("Python", State.MISSING, f"{version}; {wanted} or newer is needed", f"install Python {wanted}")]
    found = [Check("Python", State.OK, f"{version} at {sys.executable}")]
    try:
        entries = [Requirement(text) for text in metadata.requires(_PACKAGE) or ()]
    except metadata.PackageNotFoundError:
        return [*found, Check("packages", State.MISSING, f"{_PACKAGE} is not installed", "pip install -e .")]
    wrong = [text for entry in entries if _applies(entry, "") for text in _unmet(entry)]
    if wrong:
        return [*found, Check("packages", State.MISSING, "; ".join(wrong), "pip install -r requirements.lock")]
    count = sum(_applies(entry, "") for entry in entries)
    found.append(Check("packages", State.OK, f"all {count} that are needed"))
    if any(_applies(entry, "similar") and _unmet(entry) for entry in entries):
        remedy = f"pip install '{_PACKAGE}[similar]'"
        found.append(Check("copydetect", State.NOTE, "not installed; only `course similar` needs it", remedy))
    return found


def _applies(entry: Requirement, extra: str) -> bool:
    if entry.marker is None:
        return not extra
    return entry.marker.evaluate({"extra": extra}) and (not extra or "extra" in str(entry.marker))


def _unmet(entry: Requirement) -> list[str]:
    try:
        version = metadata.version(entry.name)
    except metadata.PackageNotFoundError:
        return [f"{entry.name} is missing"]
    if version in entry.specifier or entry.specifier.contains(version, prereleases=True):
        return []
    return [f"{entry.name} is {version}, needed is {entry.specifier}"]


_TORCH = """
import json, torch, torchvision
boxes = torch.tensor([[0.0, 0.0, 1.0, 1.0]])
torchvision.ops.nms(boxes, torch.ones(1), 0.5)  # fails where the two do not belong together
gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
print(json.dumps({"torch": torch.__version__, "torchvision": torchvision.__version__, "gpus": gpus,
                  "cuda": torch.version.cuda, "threads": torch.get_num_threads()}))
"""


def check_torch() -> list[Check]:
    """Torch and torchvision: whether they load, belong together, and see a GPU."""
    remedy = "install the pair that requirements.lock names: pip install -r requirements.lock"
    found: list[Check] = []
    wanted = [Requirement(text) for text in metadata.requires("torchvision") or ()]
    wrong = [text for entry in wanted if entry.name == "torch" for text in _unmet(entry)]
    if wrong:
        detail = f"torchvision {metadata.version('torchvision')} was built for another torch: {wrong[0]}"
        found.append(Check("torch and torchvision", State.MISSING, detail, remedy))
    # In a process of its own: a broken torch may end the process that loads it.
    try:
        done = subprocess.run(
            [sys.executable, "-c", _TORCH], capture_output=True, text=True, timeout=_TRIAL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        detail = f"not loaded within {_TRIAL_SECONDS} s"
        return [*found, Check("torch and torchvision", State.MISSING, detail, "try again when the machine is idle")]
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        return [*found, Check("torch and torchvision", State.MISSING, f"they do not load: {reason}", remedy)]
    seen = json.loads(done.stdout)
    if not found:
        detail = f"{seen['torch']} and {seen['torchvision']} belong together and load"
        found.append(Check("torch and torchvision", State.OK, detail))
    return [*found, _gpu(seen)]


def _gpu(seen: dict[str, Any]) -> Check:
    if seen["gpus"]:
        return Check("GPU", State.OK, ", ".join(seen["gpus"]))
    if shutil.which("nvidia-smi") and not seen["cuda"]:
        remedy = "for the full profile, install the CUDA build of torch (constraints-cuda.lock)"
        return Check("GPU", State.NOTE, "there is one, but this torch was built for the CPU only", remedy)
    detail = f"none; {seen['threads']} processor threads do the work, which is enough for the smoke profile"
    return Check("GPU", State.NOTE, detail, "grade the full profile on a machine with a GPU")


def check_kernels() -> list[Check]:
    """The Python kernel, and the part of Jupyter through which the grader starts its own."""
    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        remedy = "python -m ipykernel install --sys-prefix --name python3"
        return [Check("kernels", State.MISSING, "Jupyter has no kernel called python3", remedy)]
    program = shutil.which(spec.argv[0]) or spec.argv[0]
    found = Check("kernels", State.OK, f"python3 of {Path(program).parent}, ipykernel {metadata.version('ipykernel')}")
    if Path(program).resolve() != Path(sys.executable).resolve() and spec.argv[0] not in ("python", "python3"):
        remedy = "python -m ipykernel install --sys-prefix --name python3"
        detail = f"Jupyter's python3 is {program}, this is {sys.executable}; notebooks run with the other one"
        found = Check("kernels", State.NOTE, detail, remedy)
    names = {entry.name for entry in metadata.entry_points(group="jupyter_client.kernel_provisioners")}
    if "course-launched" not in names:
        detail = "Jupyter does not know the grader's way to start kernels"
        return [found, Check("grader's kernels", State.MISSING, detail, "pip install -e . in the course's folder")]
    return [found]


def check_sandbox(mode: str) -> list[Check]:
    """Every layer of the confinement, and whether grading would start with what is there."""
    report = layers.inspect()
    held = ", ".join(f"{layer.name} ({layer.detail})" for layer in report.layers if layer.holds)
    if not report.missing:
        return [Check("sandbox", State.OK, f"full: {held}")]
    enough = mode == "off" or (mode == "partial" and report.strength is layers.Strength.PARTIAL)
    state = State.NOTE if enough else State.MISSING
    found = [Check("sandbox", state, f"{report.strength.value}: {held or 'no layer holds'}", _choice(report))]
    for layer in report.missing:
        detail = f"{layer.detail}. Without it {layer.protects}"
        found.append(Check(f"sandbox: {layer.name}", state, detail, layer.remedy))
    return found


def _choice(report: layers.Report) -> str:
    if report.strength is layers.Strength.PARTIAL:
        return "add the layers below, or grade with --sandbox partial"
    return "add the layers below; --sandbox off grades only code that you trust"


def check_data(profile: str) -> list[Check]:
    """The real data sets, which the full profile needs."""
    try:
        found = [locate(name) for name in DATA_SETS]
    except DataError as error:
        return [Check("data", State.MISSING, str(error), "course data status")]
    state = State.MISSING if profile == "full" else State.NOTE
    checks = [
        Check(f"data: {entry.data.name}", state, entry.problem or "damaged", f"course data fetch {entry.data.name}")
        for entry in found
        if entry.state is DataState.INCOMPLETE
    ]
    missing = [entry.data.name for entry in found if entry.state is DataState.MISSING]
    there = len(found) - len(missing) - len(checks)
    if missing:
        detail = f"{there} of {len(found)} real data sets are here; missing: {', '.join(missing)}"
        if profile != "full":
            detail += ". The smoke profile needs none"
        return [*checks, Check("data", state, detail, "course data fetch")]
    return checks or [Check("data", State.OK, f"all {len(found)} real data sets are here")]


def check_disk(course: Course) -> list[Check]:
    """Room and the right to write, in the course's folder and for temporary files."""
    found = []
    for name, folder in (("disk", course.root), ("temporary files", Path(tempfile.gettempdir()))):
        free = shutil.disk_usage(folder).free / _GIB
        detail = f"{free:.1f} GiB free in {folder}"
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            remedy = f"make {folder} writable" if name == "disk" else "set TMPDIR to a folder that can be written"
            found.append(Check(name, State.MISSING, f"{folder} cannot be written ({error.strerror})", remedy))
            continue
        if free < _NEEDED_GIB:
            found.append(Check(name, State.MISSING, detail, f"make room: {_COMFORTABLE_GIB} GiB are comfortable"))
        elif free < _COMFORTABLE_GIB:
            found.append(Check(name, State.NOTE, detail, f"{_COMFORTABLE_GIB} GiB are comfortable"))
        else:
            found.append(Check(name, State.OK, detail))
    return found


def check_nbgrader(course: Course) -> list[Check]:
    """nbgrader's configuration: the course's own, with nothing of it changed, and no other that is read as well."""
    path = course.root / "nbgrader_config.py"
    try:
        loaded = PyFileConfigLoader(path.name, path=str(course.root)).load_config()
    except Exception as error:  # the file is Python, and may do anything
        remedy = "put the course's own file back: git checkout nbgrader_config.py"
        detail = f"{path.name} does not load: {type(error).__name__}: {error}"
        return [Check("nbgrader", State.MISSING, detail, remedy)]
    changed = _differences(configure(Config(), course.root), loaded)
    if changed:
        detail = f"{path.name} changes what grading rests on: {', '.join(changed)}"
        return [Check("nbgrader", State.MISSING, detail, "take these out of it; plain nbgrader would grade otherwise")]
    found = [Check("nbgrader", State.OK, f"{metadata.version('nbgrader')}, with the course's steps")]
    if shutil.which("alembic") is None:
        remedy = "pip install -r requirements.lock"
        found.append(Check("alembic", State.MISSING, "nbgrader makes its gradebook with it", remedy))
    for folder in map(Path, jupyter_config_path()):
        for other in (folder / "nbgrader_config.py", folder / "nbgrader_config.json"):
            if other.is_file():
                detail = f"{other} is read too, and may change the course's settings"
                found.append(Check("nbgrader", State.NOTE, detail, "see that nothing of the course's is set there"))
    return found


def _differences(ours: Config, loaded: Config) -> list[str]:
    """Names of our settings that a configuration lacks or changes."""
    found = []
    for cls, settings in ours.items():
        for name, value in settings.items():
            if loaded.get(cls, {}).get(name) != value:
                found.append(f"{cls}.{name}")
    return sorted(found)


def check_homeworks(course: Course) -> list[Check]:
    """Each homework: its policy, and whether its release and the gradebook agree."""
    found = []
    for homework in course.homeworks:
        try:
            assignment = course.assignment(homework)
        except CourseError as error:
            found.append(Check(homework, State.MISSING, str(error), f"correct assignments/{homework}/assignment.toml"))
            continue
        if not (course.root / "gradebook.db").is_file() or not course.release(homework).is_dir():
            found.append(Check(homework, State.NOTE, "not released here yet", f"course release {homework}"))
            continue
        try:
            with open_gradebook(course, homework):
                pass
            for notebook in assignment.notebooks:
                load_record(course, homework, notebook.name)
        except UsageError as error:
            found.append(Check(homework, State.NOTE, str(error), f"course release {homework}"))
        except CourseError as error:
            found.append(Check(homework, State.MISSING, str(error), f"course release {homework}"))
        else:
            count = len(course.students(homework))
            detail = f"released as recorded; {count} submission{'s' if count != 1 else ''}"
            found.append(Check(homework, State.OK, detail))
    return found or [Check("homeworks", State.MISSING, "none has an assignment.toml", "see docs/development.md")]


def check_gradebook(course: Course) -> list[Check]:
    """Whether the gradebook can be written; whether it can be read is seen with the homeworks."""
    path = course.root / "gradebook.db"
    if path.is_file() and not os.access(path, os.W_OK):
        return [Check("gradebook", State.MISSING, f"{path} cannot be written", f"chmod u+w {path}")]
    return [Check("gradebook", State.OK, f"{path.name} can be written")] if path.is_file() else []


_MACHINE: dict[str, Callable[[], list[Check]]] = {
    "Python": check_python,
    "torch and torchvision": check_torch,
    "kernels": check_kernels,
}
_COURSE: dict[str, Callable[[Course], list[Check]]] = {
    "disk": check_disk,
    "nbgrader": check_nbgrader,
    "gradebook": check_gradebook,
    "homeworks": check_homeworks,
}

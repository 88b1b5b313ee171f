"""The doctor: each thing that can be missing is found, told with what to do, and decides the exit code."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
from commands import run

from autograder import doctor
from autograder.course import Course
from autograder.doctor import Check, State, as_json, examine, needed_is_missing
from autograder.errors import UsageError
from autograder.layers import Layer, Report
from utils.data import store

GOOD = json.dumps({"torch": "2.12.1", "torchvision": "0.27.1", "gpus": [], "cuda": None, "threads": 2})


@pytest.fixture(autouse=True)
def _torch_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading torch takes seconds; one test does it."""
    monkeypatch.setattr(doctor, "_TORCH", f"print({GOOD!r})")


def worst(checks: list[Check]) -> State:
    states = [check.state for check in checks]
    return State.MISSING if State.MISSING in states else State.NOTE if State.NOTE in states else State.OK


def layers_without(*names: str) -> Report:
    all_names = ("bubblewrap", "landlock", "seccomp", "rlimits")
    return Report(tuple(Layer(n, n not in names, "detail", "something is lost", "get it") for n in all_names))


def test_python_and_packages() -> None:
    checks = doctor.check_python()
    assert [check.name for check in checks][:2] == ["Python", "packages"]
    assert worst(checks[:2]) is State.OK


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("numpy>=99", "numpy is "),
        ("nothing-of-this-name", "nothing-of-this-name is missing"),
        ("x; extra == 'dev'", ""),
    ],
)
def test_a_package_that_does_not_fit(wanted: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "requires", lambda name: [wanted])
    packages = doctor.check_python()[1]
    assert packages.state is (State.MISSING if message else State.OK)
    assert message in packages.detail
    assert not message or packages.remedy == "pip install -r requirements.lock"


def test_an_old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.sys, "version_info", (3, 9, 1))
    (check,) = doctor.check_python()
    assert (check.state, check.remedy) == (State.MISSING, "install Python 3.11")


def test_torch_and_torchvision_that_do_not_match(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "requires", lambda name: ["torch==1.0", "numpy"])
    pair, _ = doctor.check_torch()
    assert pair.state is State.MISSING
    assert "built for another torch: torch is " in pair.detail


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise ImportError('libcudart.so is missing')", "libcudart.so is missing"),
        ("import os; os._exit(9)", "status 9"),
    ],
)
def test_torch_that_does_not_load(code: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_TORCH", code)
    (check,) = doctor.check_torch()
    assert check.state is State.MISSING
    assert message in check.detail
    assert "requirements.lock" in check.remedy


def test_torch_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*args, **kwargs):
        raise subprocess.TimeoutExpired("python", 180)

    monkeypatch.setattr(doctor.subprocess, "run", hang)
    assert doctor.check_torch()[-1].state is State.MISSING


def test_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {"gpus": ["A100"], "cuda": "13.0", "threads": 2}
    assert doctor._gpu(seen) == Check("GPU", State.OK, "A100")
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    assert "built for the CPU only" in doctor._gpu({**seen, "gpus": [], "cuda": None}).detail
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert doctor._gpu({**seen, "gpus": []}).state is State.NOTE


@pytest.mark.slow
def test_this_torch_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert doctor.check_torch()[0].state is State.OK


@pytest.mark.parametrize(
    ("missing", "mode", "state"),
    [
        ((), "full", State.OK),
        (("landlock",), "full", State.MISSING),
        (("landlock",), "partial", State.NOTE),
        (("bubblewrap", "landlock", "seccomp"), "partial", State.MISSING),
        (("bubblewrap", "landlock", "seccomp"), "off", State.NOTE),
    ],
)
def test_the_sandbox(missing: tuple[str, ...], mode: str, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.layers, "inspect", lambda: layers_without(*missing))
    checks = doctor.check_sandbox(mode)
    assert checks[0].state is state
    assert [check.name for check in checks[1:]] == [f"sandbox: {name}" for name in missing]
    assert all("Without it something is lost" in check.detail and check.remedy == "get it" for check in checks[1:])


def test_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    assert worst(doctor.check_kernels()) is not State.MISSING
    monkeypatch.setattr(metadata, "entry_points", lambda group: [])
    assert doctor.check_kernels()[-1].name == "grader's kernels"

    def none(self, name):
        raise doctor.NoSuchKernel(name)

    monkeypatch.setattr(doctor.KernelSpecManager, "get_kernel_spec", none)
    assert "no kernel called python3" in doctor.check_kernels()[0].detail


def test_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("COURSE_DATA_MIRROR", raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    smoke, full = doctor.check_data("smoke")[-1], doctor.check_data("full")[-1]
    assert (smoke.state, full.state) == (State.NOTE, State.MISSING)
    assert full.remedy == "course data fetch"
    damaged = SimpleNamespace(data=SimpleNamespace(name="styles"), state=store.State.INCOMPLETE, problem="half of it")
    monkeypatch.setattr(doctor, "locate", lambda name: damaged)
    assert doctor.check_data("full")[0].remedy == "course data fetch styles"


@pytest.mark.parametrize(("free", "state"), [(0.5, State.MISSING), (5, State.NOTE), (50, State.OK)])
def test_disk(free: float, state: State, course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free * 2**30))
    assert {check.state for check in doctor.check_disk(course)} == {state}


def test_a_disk_that_is_read_only(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(dir):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    checks = doctor.check_disk(course)
    assert [check.state for check in checks] == [State.MISSING, State.MISSING]
    assert "Read-only file system" in checks[0].detail


def test_nbgraders_configuration(course: Course, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "jupyter_config_path", lambda: [])
    assert worst(doctor.check_nbgrader(course)) is State.OK
    (tmp_path / "nbgrader_config.py").touch()
    monkeypatch.setattr(doctor, "jupyter_config_path", lambda: [str(tmp_path)])
    assert "is read too" in doctor.check_nbgrader(course)[-1].detail
    path = course.root / "nbgrader_config.py"
    text = path.read_text()
    path.write_text(text + "\nc.Autograde.autograde_preprocessors = []\n")
    (changed,) = doctor.check_nbgrader(course)
    assert changed.state is State.MISSING
    assert "Autograde.autograde_preprocessors" in changed.detail
    path.write_text("1 / 0")
    assert "ZeroDivisionError" in doctor.check_nbgrader(course)[0].detail


def test_homeworks(course: Course) -> None:
    def of(name: str) -> Check:
        return next(check for check in doctor.check_homeworks(course) if check.name == name)

    assert of("hw2") == Check("hw2", State.OK, "released as recorded; 0 submissions")
    release = course.release("hw2") / "3_rnn.ipynb"
    text = release.read_text()
    release.write_text(text.replace("check_rnn_forward(rnn_forward)", "check_rnn_forward(rnn_backward)"))
    assert of("hw2").state is State.MISSING
    release.write_text(text)
    gradebook = (course.root / "gradebook.db").read_bytes()
    (course.root / "gradebook.db").write_bytes(b"no data base" * 200)
    assert (of("hw2").state, "cannot be used" in of("hw2").detail) == (State.MISSING, True)
    (course.root / "gradebook.db").unlink()
    assert of("hw2") == Check("hw2", State.NOTE, "not released here yet", "course release hw2")
    assert not (course.root / "gradebook.db").exists()
    (course.root / "gradebook.db").write_bytes(gradebook)
    (course.twins("hw2") / "assignment.toml").write_text("name = 3")
    assert of("hw2").state is State.MISSING


def test_a_check_that_fails_is_told_like_any_other_trouble(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_):
        raise RuntimeError("upside down")

    monkeypatch.setattr(doctor, "check_data", broken)
    found = next(check for check in examine(course.root) if check.name == "data")
    assert found.state is State.MISSING
    assert "RuntimeError: upside down" in found.detail


def test_outside_a_course(tmp_path: Path) -> None:
    assert examine(tmp_path)[-1].name == "course"
    assert needed_is_missing(examine(tmp_path))


@pytest.mark.parametrize("options", [{"sandbox": "maybe"}, {"profile": "huge"}])
def test_bad_options(options: dict[str, str], course: Course) -> None:
    with pytest.raises(UsageError, match="is one of"):
        examine(course.root, **options)


@pytest.mark.parametrize(("missing", "code"), [((), 0), (("seccomp",), 1)])
def test_the_command(missing, code, course: Course, capsys, monkeypatch) -> None:
    monkeypatch.setattr(doctor.layers, "inspect", lambda: layers_without(*missing))
    monkeypatch.setattr(doctor, "check_kernels", lambda: [])
    got, out, _ = run(capsys, monkeypatch, "doctor")
    assert got == code, out
    assert "ok hw2: released as recorded" in out
    assert ("missing sandbox: seccomp" in out) == bool(missing)
    got, out, _ = run(capsys, monkeypatch, "doctor", "--json")
    tree = json.loads(out)
    assert (got, tree["ok"]) == (code, not missing)
    assert {"name", "state", "detail", "remedy"} == tree["checks"][0].keys()


def test_the_command_with_bad_options(course: Course, capsys, monkeypatch) -> None:
    code, _, err = run(capsys, monkeypatch, "doctor", "--sandbox", "maybe")
    assert (code, "--sandbox is one of full, partial, off; got 'maybe'" in err) == (2, True)


def test_as_json() -> None:
    assert json.loads(as_json([Check("x", State.NOTE, "d")])) == {
        "ok": True, "checks": [{"name": "x", "state": "note", "detail": "d", "remedy": ""}],
    }  # fmt: skip

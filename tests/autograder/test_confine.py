"""What a confined process can and cannot do, by attempt: see `attempts.py` for the attempts themselves."""

from __future__ import annotations

import ast
import functools
import json
import os
import re
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder import sandbox
from autograder.kernel import confine, landlock, seccomp

pytestmark = pytest.mark.sandbox

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NOBODY = 65534
NAMES = [
    node.name
    for node in ast.parse((HERE / "attempts.py").read_text()).body
    if isinstance(node, ast.FunctionDef) and not node.args.args and node.name not in ("main", "syscalls")
]
MAY = [name for name in NAMES if name.startswith("may_")]
MAY_NOT = [name for name in NAMES if not name.startswith("may_")]
OPEN_WITHOUT_BUBBLEWRAP = {"fills_disk"}  # each file is limited, not their sum

# What bubblewrap refuses by itself, should a fault in a kernel's inner layers leave them off.
BY_NAMESPACES = [
    *(name for name in MAY_NOT if re.match("reads_(?!command_line_of_first)", name)),
    *("lists_grader_folder", "lists_hidden_tests", "lists_source_notebooks", "lists_tests", "lists_repository"),
    *("opens_gradebook", "imports_hidden_tests", "opens_block_device", "opens_kernel_messages", "hard_links_secret"),
    *(name for name in MAY_NOT if name.startswith("writes_to_")),
    *("changes_own_kernel_code", "changes_system_setting", "changes_core_pattern", "fills_disk"),
    *("signals_grader", "traces_grader", "finds_secret_in_environment", "finds_open_file_of_grader"),
    *(name for name in MAY_NOT if name.startswith("connects_to_grader")),
    *("sends_to_grader_by_datagram", "opens_raw", "opens_packet", "mounts", "gains_rights_by_program"),
    "finds_secret_in_environment_of_first_process",
]


@dataclass(frozen=True)
class Situation:
    """A way to run the attempts: with which layers, and as which user."""

    layers: str
    ordinary_user: bool = False

    def __str__(self) -> str:
        return self.layers + ("-ordinary_user" if self.ordinary_user else "")


FULL = [Situation("full"), Situation("full", ordinary_user=True)]
ALL = [*FULL, Situation("no_bubblewrap"), Situation("no_bubblewrap", ordinary_user=True)]
OUTER = [Situation("only_bubblewrap"), Situation("only_bubblewrap", ordinary_user=True)]


@functools.cache
def python_for_everybody() -> str:
    """An interpreter that an ordinary user can start and that can import this checkout."""
    for program in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        try:
            code = "import sys, autograder.sandbox; assert sys.version_info >= (3, 11)"
            subprocess.run([program, "-c", code], **as_nobody(), check=True, capture_output=True)
        except (OSError, subprocess.SubprocessError):
            continue
        return program
    return ""


def as_nobody() -> dict:
    variables = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "HOME": "/", "PYTHONDONTWRITEBYTECODE": "1"}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": [], "env": variables, "cwd": "/"}


def run(situation: Situation) -> dict:
    """All attempts in one process, which takes less than a second; the tests look up their own."""
    status, output = _run_once(situation)
    assert status == 0, output
    return json.loads(output)


@functools.cache
def _run_once(situation: Situation) -> tuple[int, str]:
    report = sandbox.inspect()
    if situation.layers != "no_bubblewrap" and not report.bubblewrap:
        pytest.skip("bubblewrap does not work here")
    if situation.layers != "only_bubblewrap" and not (report.holds("landlock") and report.holds("seccomp")):
        pytest.skip("Landlock or seccomp is missing here")
    program, extra = sys.executable, {"env": {**os.environ, "PYTHONPATH": str(ROOT)}}
    if situation.ordinary_user:
        if os.geteuid() != 0:
            pytest.skip("these tests run as an ordinary user already")
        program, extra = python_for_everybody(), as_nobody()
        if not program:
            pytest.skip("no interpreter that an ordinary user can start")
    names = BY_NAMESPACES if situation.layers == "only_bubblewrap" else NAMES
    argv = [program, str(HERE / "confined_run.py"), situation.layers, ",".join(names)]
    done = subprocess.run(argv, **extra, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stderr if done.returncode else done.stdout


@pytest.mark.parametrize("name", MAY_NOT)
@pytest.mark.parametrize("situation", ALL, ids=str)
def test_is_refused(situation: Situation, name: str):
    expected = "refused"
    if situation.layers == "no_bubblewrap" and name in OPEN_WITHOUT_BUBBLEWRAP:
        expected = "done"
    verdict, why = run(situation)["results"][name]
    assert verdict == expected, why


@pytest.mark.parametrize("name", MAY)
@pytest.mark.parametrize("situation", ALL, ids=str)
def test_still_works(situation: Situation, name: str):
    verdict, why = run(situation)["results"][name]
    assert verdict == "done", why


@pytest.mark.parametrize("name", BY_NAMESPACES)
@pytest.mark.parametrize("situation", OUTER, ids=str)
def test_is_refused_by_namespaces_alone(situation: Situation, name: str):
    verdict, why = run(situation)["results"][name]
    assert verdict == "refused", why


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fills_memory", "MemoryError"),
        ("fills_disk", "No space left"),
        ("writes_big_file", "File too large"),
        ("opens_many_files", "Too many open files"),
        ("starts_many_threads", "can't start new thread"),
        ("forks", "Operation not permitted"),
        ("connects_to_grader_by_tcp", "Operation not permitted"),
        ("stores_file_beside_sockets", "Permission denied"),
        ("makes_memory_file", "not implemented"),
    ],
)
@pytest.mark.parametrize("situation", FULL, ids=str)
def test_is_refused_for_the_right_reason(situation: Situation, name: str, message: str):
    assert message in run(situation)["results"][name][1]


@pytest.mark.parametrize("situation", ALL, ids=str)
def test_filtered_system_calls(situation: Situation):
    found = run(situation)["syscalls"]
    assert found.pop("newer") == "ENOSYS"
    wrong = {name: error for name, error in found.items() if error != seccomp_error(name)}
    assert not wrong
    assert len(found) > 70


def seccomp_error(name: str) -> str:
    return "ENOSYS" if name in seccomp._ABSENT else "EPERM"


@pytest.mark.parametrize("situation", ALL, ids=str)
def test_nothing_is_left_outside(situation: Situation):
    expected = ["connection.json", "datagrams", "gradebook.db", "secret.txt", "socket", "submission.ipynb"]
    assert run(situation)["left"] == expected


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a kernel another user")
def test_a_kernel_of_root_is_not_root():
    assert run(Situation("full"))["user"] not in (0, NOBODY)


# The filter itself, without installing it: its program is carried out here, for both kinds of machine.


def verdict(machine: str, name: str | int, *arguments: int, architecture: int | None = None, **options: bool) -> str:
    number = seccomp.numbers(machine)[name] if isinstance(name, str) else name
    architecture = seccomp._ARCHITECTURES[machine] if architecture is None else architecture
    padded = [value & (1 << 64) - 1 for value in (*arguments, 0, 0, 0, 0, 0, 0)[:6]]
    data = struct.pack("=IIQ6Q", number, architecture, 0, *padded)
    program = list(struct.iter_unpack("=HBBI", seccomp.assemble(machine, 7, **{"leads_group": False, **options})))
    at, register = 0, 0
    while True:
        code, if_true, if_false, constant = program[at]
        at += 1
        if code == 0x20:
            register = struct.unpack_from("=I", data, constant)[0]
        elif code == 0x54:
            register &= constant
        elif code == 0x06:
            return {0x7FFF: "allow", 0x8000: "kill", 5: f"error {constant & 0xFFFF}"}[constant >> 16]
        else:
            holds = {0x15: register == constant, 0x25: register > constant, 0x45: bool(register & constant)}[code]
            at += if_true if holds else if_false


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("execve", (), "error 1"),
        ("clone3", (), "error 38"),
        ("clone", (0x3D0F00,), "allow"),  # what pthread_create asks for
        ("clone", (17,), "error 1"),
        ("clone", (0x10000000 | 17,), "error 1"),
        ("kill", (7, 9), "allow"),
        ("kill", (-7, 9), "error 1"),
        ("kill", (0, 9), "error 1"),
        ("kill", (-1, 9), "error 1"),
        ("kill", (8, 9), "error 1"),
        ("tgkill", (7, 9, 6), "allow"),
        ("tgkill", (8, 8, 6), "error 1"),
        ("rt_sigqueueinfo", (8, 9), "error 1"),
        ("prlimit64", (0, 7, 0, 0x7FFF00000000), "allow"),
        ("prlimit64", (0, 7, 0x7FFF00000000), "error 1"),
        ("prlimit64", (0, 7, 0x10), "error 1"),
        ("sendto", (3, 0x1000, 5, 0, 0), "allow"),
        ("sendto", (3, 0x1000, 5, 0, 0x7FFF00000000), "error 1"),
        ("socketpair", (1, 1 | 0o2004000), "allow"),
        ("socketpair", (1, 5), "allow"),
        ("socketpair", (1, 2 | 0o2000000), "error 1"),
        ("socketpair", (2, 1), "error 1"),
        ("ioctl", (0, 0x5401), "allow"),
        ("ioctl", (0, 0x5412), "error 1"),
        ("ioctl", (0, 0xFFFFFFFF00005412), "error 1"),
        ("ioctl", (0, 0x541C), "error 1"),
        (462, (), "allow"),
        (463, (), "error 38"),
        (0x3FFFFFFF, (), "error 38"),
    ],
)
def test_filter(machine: str, name: str | int, arguments: tuple[int, ...], expected: str):
    assert verdict(machine, name, *arguments) == expected


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_filter_lets_a_leader_signal_its_group(machine: str):
    assert verdict(machine, "kill", -7, 2, leads_group=True) == "allow"
    assert verdict(machine, "kill", 7, 2, leads_group=True) == "allow"
    assert verdict(machine, "kill", -1, 2, leads_group=True) == "error 1"


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_filter_for_a_gpu_leaves_unix_sockets_that_nobody_reaches(machine: str):
    for name, arguments, expected in [
        ("socket", (1, 1), "allow"),
        ("socket", (1, 2), "error 1"),
        ("socket", (2, 1), "error 1"),
        ("bind", (3,), "allow"),
        ("connect", (3,), "error 1"),
    ]:
        assert verdict(machine, name, *arguments, gpu=True) == expected
        assert verdict(machine, name, *arguments) == "error 1"


@pytest.mark.parametrize(
    ("machine", "other"), [("x86_64", 0x40000003), ("x86_64", 0xC00000B7), ("aarch64", 0x40000028)]
)
def test_filter_ends_a_process_that_calls_by_another_convention(machine: str, other: int):
    assert verdict(machine, 1, architecture=other) == "kill"
    assert verdict(machine, 0x40000000 | 59) == "kill"


@pytest.mark.parametrize(
    ("machine", "header"),
    [("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), ("aarch64", "/usr/include/asm-generic/unistd.h")],
)
def test_numbers_are_those_of_the_system(machine: str, header: str):
    if not Path(header).exists():
        pytest.skip(f"no {header} here")
    true = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", Path(header).read_text()))
    ours = seccomp.numbers(machine)
    shared = set(ours) & set(true)
    assert {name: int(true[name]) for name in shared} == {name: ours[name] for name in shared}
    assert len(shared) > 80


# The steps themselves.


def test_limits_survive_the_way_into_the_kernel():
    limits = confine.Limits(gpu_devices=("/dev/nvidia0",), read_paths=("/a", "/b c"), user=5, count_processes=False)
    assert confine.Limits.loads(limits.dumps()) == limits


def test_limits_leave_the_environment_when_they_are_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(confine.ENVIRONMENT_NAME, confine.Limits().dumps())
    assert confine.Limits.from_environment() == confine.Limits()
    with pytest.raises(confine.ConfinementError, match="was not started by the grader"):
        confine.Limits.from_environment()


def test_confinement_has_to_come_before_threads():
    before = "import threading, time; threading.Thread(target=time.sleep, args=(9,), daemon=True).start()"
    done = confined_child(before, confine.Limits())
    assert "ConfinementError: confinement has to come first, but there are 2 threads already" in done.stderr


def test_a_layer_that_cannot_be_had_is_an_error():
    code = "from autograder.kernel import seccomp; seccomp.available = lambda: False"
    done = confined_child(code, confine.Limits(layers=("rlimits", "seccomp")))
    assert "ConfinementError: this system has no seccomp filters" in done.stderr
    code = "from autograder.kernel import landlock; landlock.abi = lambda: 0"
    done = confined_child(code, confine.Limits(layers=("rlimits", "landlock")))
    assert "this system has no Landlock" in done.stderr


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6])
def test_older_versions_of_landlock(version: int, tmp_path: Path):
    if landlock.abi() < version:
        pytest.skip(f"version {landlock.abi()} of Landlock here")
    (tmp_path / "secret").write_text("x")
    code = f"from autograder.kernel import landlock; landlock.abi = lambda: {version}"
    after = f"print(open({str(ROOT / 'autograder/__init__.py')!r}).read(3)); open({str(tmp_path / 'secret')!r})"
    limits = confine.Limits(layers=("landlock",), read_paths=(str(ROOT / "autograder" / "__init__.py"),))
    done = confined_child(code, limits, after)
    assert done.stdout == '"""\n'
    assert "PermissionError" in done.stderr


def test_only_resource_limits_change_nothing_else():
    after = "import os; print(os.getuid(), os.fork() >= 0 and 'forked')"
    done = confined_child("", confine.Limits(layers=("rlimits",), count_processes=False, cpu_seconds=60), after)
    assert f"{os.getuid()} forked" in done.stdout


def confined_child(before: str, limits: confine.Limits, after: str = "") -> subprocess.CompletedProcess[str]:
    """A process that confines itself, without a box around it."""
    code = f"{before}\nfrom autograder.kernel import confine\nlimits = confine.Limits.from_environment()\n"
    code += f"confine.before_kernel(limits)\nconfine.after_kernel(limits)\n{after}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), confine.ENVIRONMENT_NAME: limits.dumps()}
    argv = [sys.executable, "-c", code]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def test_a_fork_confines_itself_and_not_its_parent(tmp_path: Path):
    """As a warm server does it: the child gives everything up, the parent keeps what it had."""
    before = f"""
import os
child = os.fork()
if child:
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(status, open({str(HERE / "attempts.py")!r}).read(3))
    os._exit(0)
"""
    after = f"""
try:
    open({str(HERE / "attempts.py")!r})
except PermissionError:
    os._exit(42)
"""
    done = confined_child(before, confine.Limits(work_dir=str(tmp_path)), after)
    assert done.stdout == '42 """\n', done.stderr

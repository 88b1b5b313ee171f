"""Kernels forked from a warm server: as confined as fresh ones, and nothing of one in the next."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from nbformat.v4 import new_code_cell

from autograder import sandbox
from autograder.assignment import Limits
from autograder.errors import KernelDied, KernelLost, OutOfTime, StudentError
from autograder.sandbox import ConfinedLauncher, Policy
from autograder.session import KernelSession
from autograder.warm import VARIABLE, Launchers, SharedServers, WarmLauncher, WarmServers, name_of, why_not_warm
from autograder.warm_server import ServerProcess

LIMITS = Limits(
    cell_seconds=10,
    notebook_seconds=60,
    call_seconds=5,
    memory_mib=2048,
    disk_mib=16,
    output_kib=256,
    submission_mib=5,
)
POLICY = Policy(threads=1, limits=sandbox.Limits(disk_bytes=16 * 2**20))

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def servers() -> Iterator[WarmServers]:
    reason = why_not_warm(POLICY)
    if reason:
        pytest.skip(f"kernels start afresh here: {reason}")
    opened = WarmServers(POLICY)
    yield opened
    opened.close()


@pytest.fixture
def launcher(servers: WarmServers) -> WarmLauncher:
    return WarmLauncher(POLICY, servers)


def run(session: KernelSession, code: str) -> str:
    """What a cell prints, or the name of its error."""
    cell = new_code_cell(code)
    session.run_cell(cell, 10)
    return "".join(output.get("text", "") or output.get("ename", "") for output in cell.outputs)


def said(launcher: WarmLauncher, code: str) -> str:
    with KernelSession(launcher, LIMITS) as session:
        return run(session, code)


def test_what_notebooks_import_is_there_already(launcher: WarmLauncher) -> None:
    answer = said(launcher, "import sys; print(all(name in sys.modules for name in ('numpy', 'torch', 'psutil')))")
    assert answer == "True\n"


def test_a_kernel_computes_with_the_threads_of_its_policy(launcher: WarmLauncher) -> None:
    code = "import torch; a = torch.ones(300, 300); print(float((a @ a).sum()), torch.get_num_threads())"
    assert said(launcher, code) == "27000000.0 1\n"


def test_figures_are_shown(launcher: WarmLauncher) -> None:
    with KernelSession(launcher, LIMITS) as session:
        cell = new_code_cell("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
        session.run_cell(cell, 10)
    assert any("image/png" in output.get("data", {}) for output in cell.outputs)


def test_magics_are_there_and_a_cell_is_transformed_by_what_holds_when_it_runs(launcher: WarmLauncher) -> None:
    swap = "get_ipython().input_transformers_post.append(lambda lines: [line.replace('one', 'two') for line in lines])"
    plain = f"print('one'); {swap}"
    waiting = f"import asyncio; await asyncio.sleep(0); {plain}"
    assert said(launcher, "here = %pwd\nprint(here)") == "/notebook\n"
    for code in (plain, waiting):
        with KernelSession(launcher, LIMITS) as session:
            assert [run(session, code), run(session, code)] == ["one\n", "two\n"]


def test_what_is_shown_at_once_has_a_limit(launcher: WarmLauncher) -> None:
    """Larger messages are refused before the grader holds them in memory, on the channels of outputs too."""
    with KernelSession(launcher, LIMITS) as session:
        assert run(session, "print('x' * 2**20)").startswith("xxx")
        with pytest.raises(StudentError, match="more printed or shown at once than 64 MiB"):
            run(session, "print('x' * 70 * 2**20)")
        assert session.dead


LEAVE = """
import builtins, os, random, sys, threading, time, types
import numpy as np, torch
np.sum = lambda *a, **k: 42
torch.manual_seed(1); np.random.seed(1); random.seed(1)
sys.modules['left'] = types.ModuleType('left')
builtins.left = 1
open('left.txt', 'w').write('left'); open('.tmp/left.txt', 'w').write('left')
os.environ['LEFT'] = '1'
threading.Thread(target=lambda: time.sleep(100), name='left', daemon=True).start()
"""
LOOK = """
import builtins, os, random, sys, threading
import numpy as np
found = [name for name, there in {
    'function': np.sum([1]) != 1,
    'module': 'left' in sys.modules,
    'builtin': hasattr(builtins, 'left'),
    'file': os.path.exists('left.txt') or os.path.exists('.tmp/left.txt'),
    'variable': 'LEFT' in os.environ,
    'thread': any(thread.name == 'left' for thread in threading.enumerate()),
}.items() if there]
print(found, random.random(), np.random.rand())
"""


def test_nothing_of_one_kernel_reaches_the_next(launcher: WarmLauncher) -> None:
    numbers = set()
    for _ in range(3):
        assert said(launcher, LEAVE) == ""
        found, *random_numbers = said(launcher, LOOK).rsplit(" ", 2)
        assert found == "[]"
        numbers.update(random_numbers)
    # Each kernel has randomness of its own, as a fresh process has.
    assert len(numbers) == 6


def test_two_kernels_of_one_server_do_not_see_each_other(launcher: WarmLauncher) -> None:
    with KernelSession(launcher, LIMITS) as one, KernelSession(launcher, LIMITS) as other:
        folder = one._folder
        run(one, "open('secret.txt', 'w').write('secret')")
        assert "secret" not in run(other, "import os; print(os.listdir('.'))")
        assert run(other, f"import os; print(os.listdir({str(folder)!r}))").strip() in (
            "FileNotFoundError",
            "PermissionError",
        )
        assert run(other, f"import os; os.listdir({str(folder.parent)!r})") == "PermissionError"
        assert run(other, "import os; print(os.getpid())") == "1\n"
        assert run(other, "import os, signal\nfor n in range(2, 400):\n    os.kill(n, 0)") in (
            "ProcessLookupError",
            "PermissionError",
        )
        assert run(other, "print(sorted(n for n in __import__('psutil').pids()))") in ("PermissionError", "[1]\n")


def test_the_socket_to_the_grader_is_not_in_the_kernel(launcher: WarmLauncher) -> None:
    code = """
import os, socket, stat
for n in range(3, 256):
    try:
        s = socket.socket(fileno=os.dup(n))
    except OSError:
        continue
    if s.family == socket.AF_UNIX and s.type == socket.SOCK_SEQPACKET:
        print('found', n)
"""
    assert "found" not in said(launcher, code)


LIBC = "import ctypes; libc = ctypes.CDLL(None, use_errno=True)\n"
DENIED = {
    "tcp": ("import socket; socket.create_connection(('127.0.0.1', 22), 1)", "PermissionError OSError"),
    "udp": (
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('8.8.8.8', 53))",
        "PermissionError OSError",
    ),
    "fork": ("import os; os.fork()", "PermissionError"),
    "programs": ("import subprocess; subprocess.run(['true'])", "PermissionError FileNotFoundError BlockingIOError"),
    "people": ("open('/etc/passwd').read()", "PermissionError FileNotFoundError"),
    "repository": (f"open({str(Path(__file__))!r}).read()", "PermissionError FileNotFoundError"),
    "disk": ("open('big', 'wb').write(bytes(64 * 2**20))", "OSError"),
    "memory": ("x = bytearray(5 * 2**30)", "MemoryError"),
    "namespaces": (f"{LIBC}assert libc.unshare(0x10000000) == 0", "AssertionError"),
    "mounts": (f"{LIBC}assert libc.mount(b'x', b'/', b'tmpfs', 0, None) == 0", "AssertionError"),
    "limits": (
        "import resource; resource.setrlimit(resource.RLIMIT_DATA, (2**40, 2**40))",
        "PermissionError ValueError",
    ),
    "processes": ("open('/proc/2/environ').read()", "FileNotFoundError PermissionError"),
}


@pytest.mark.parametrize("what", DENIED)
def test_what_is_denied(launcher: WarmLauncher, what: str) -> None:
    code, answers = DENIED[what]
    assert said(launcher, code).strip() in answers.split()


def test_a_kernel_that_ends_itself_is_to_blame(launcher: WarmLauncher) -> None:
    with KernelSession(launcher, LIMITS) as session, pytest.raises(KernelDied):
        run(session, "import os; os._exit(3)")


def test_a_kernel_cannot_kill_itself_as_somebody_else_would(launcher: WarmLauncher) -> None:
    with KernelSession(launcher, LIMITS) as session:
        assert run(session, "import os, signal; os.kill(os.getpid(), signal.SIGKILL); print('alive')") == "alive\n"


def test_a_cell_may_await_and_is_interrupted_like_any_other(launcher: WarmLauncher) -> None:
    with KernelSession(launcher, LIMITS) as session:
        assert run(session, "import asyncio\nawait asyncio.sleep(0.01)\nprint('slept')") == "slept\n"
        endless = new_code_cell("await asyncio.sleep(60)")
        with pytest.raises(OutOfTime):
            session.run_cell(endless, 1)
        assert endless.outputs[0].ename == "CancelledError"
        assert run(session, "print('goes on')") == "goes on\n"


def test_an_endless_cell_is_interrupted(launcher: WarmLauncher) -> None:
    limits = Limits(**{**LIMITS.__dict__, "cell_seconds": 1})
    with KernelSession(launcher, limits) as session, pytest.raises(OutOfTime):
        run(session, "while True: pass")


def box_of(servers: WarmServers) -> psutil.Process:
    """The process of bubblewrap around a server."""
    folder = str(servers.running().folder)
    (box,) = [process for process in psutil.Process().children() if folder in process.cmdline()]
    return box


def kernels_of(servers: WarmServers) -> list[psutil.Process]:
    """The kernels' processes: box, first process in it, server, supervisor, kernel."""
    box = box_of(servers)
    depth = len(box.parents()) + 4
    return [process for process in box.children(recursive=True) if len(process.parents()) == depth]


def test_a_kernel_that_is_killed_from_outside_is_not_the_students_doing(
    launcher: WarmLauncher, servers: WarmServers
) -> None:
    with KernelSession(launcher, LIMITS) as session:
        (kernel,) = kernels_of(servers)
        kernel.send_signal(signal.SIGKILL)
        with pytest.raises(KernelLost):
            run(session, "print(1)")


def test_the_next_kernel_comes_up_after_the_server_was_killed(launcher: WarmLauncher, servers: WarmServers) -> None:
    with KernelSession(launcher, LIMITS) as session:
        before = servers.running()
        box_of(servers).send_signal(signal.SIGKILL)
        with pytest.raises(KernelLost):
            run(session, "import time; time.sleep(5)")
    assert said(launcher, "print(1)") == "1\n"
    assert servers.running() is not before


def test_nothing_is_left_when_the_server_ends(launcher: WarmLauncher, servers: WarmServers) -> None:
    with KernelSession(launcher, LIMITS) as session:
        run(session, "print(1)")
        folder = servers.running().folder
        kernels = kernels_of(servers)
        assert kernels
        servers.close()
        deadline = time.monotonic() + 10
        while any(kernel.is_running() for kernel in kernels) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not any(kernel.is_running() for kernel in kernels)
    assert not folder.exists()


@pytest.fixture
def process() -> Iterator[ServerProcess]:
    """A server with the imports of notebooks that do without PyTorch."""
    reason = why_not_warm(POLICY)
    if reason:
        pytest.skip(f"kernels start afresh here: {reason}")
    opened = ServerProcess(POLICY, torch=False)
    yield opened
    opened.close()


def shared(process: ServerProcess) -> WarmServers:
    """What another process would make of a line to this server."""
    return WarmServers(POLICY, False, (process.line().detach(), str(process.folder)))


def test_kernels_end_with_the_line_that_asked_for_them(process: ServerProcess) -> None:
    one, other = shared(process), shared(process)
    with (
        KernelSession(WarmLauncher(POLICY, one), LIMITS) as first,
        KernelSession(WarmLauncher(POLICY, other), LIMITS) as second,
    ):
        assert run(first, "print(1)") == run(second, "print(1)") == "1\n"
        one.close()
        with pytest.raises(KernelLost):
            run(first, "print(2)")
        assert run(second, "print(2)") == "2\n"
    third = shared(process)
    assert said(WarmLauncher(POLICY, third), "print(3)") == "3\n"
    other.close()
    third.close()


def test_a_shared_server_that_ends_is_replaced_by_one_of_its_own(process: ServerProcess) -> None:
    servers = shared(process)
    launcher = WarmLauncher(POLICY, servers)
    assert said(launcher, "print(1)") == "1\n"
    process.close()
    assert said(launcher, "print(2)") == "2\n"
    assert servers.running().folder != process.folder
    servers.close()


def test_workers_share_a_server() -> None:
    if reason := why_not_warm(POLICY):
        pytest.skip(f"kernels start afresh here: {reason}")
    servers = SharedServers()
    servers.begin(POLICY, torch=False)
    name = name_of(POLICY, False)
    lines = [servers.lines()[name] for _ in range(2)]
    launchers = [Launchers({name: (line.detach(), str(folder))}) for line, folder in lines]
    for launcher in launchers:
        with KernelSession(launcher.get(POLICY, POLICY, torch=False), LIMITS) as session:
            assert run(session, "print(1)") == "1\n"
    boxes = [child for child in psutil.Process().children() if str(lines[0][1]) in child.cmdline()]
    assert len(boxes) == 1
    for launcher in launchers:
        launcher.close()
    assert boxes[0].is_running()
    servers.close()
    assert not boxes[0].is_running()
    assert servers.lines() == {}


def test_to_a_server_that_has_ended_there_is_no_line() -> None:
    if reason := why_not_warm(POLICY):
        pytest.skip(f"kernels start afresh here: {reason}")
    servers = SharedServers()
    servers.begin(POLICY, torch=False)
    for process in servers._processes.values():
        process.close()
    assert servers.lines() == {}
    servers.close()


def test_where_there_is_no_server_kernels_start_afresh_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "fresh")
    launchers = Launchers()
    assert isinstance(launchers.get(POLICY, POLICY), ConfinedLauncher)
    assert launchers.notes == [f"kernels start afresh: {VARIABLE} asks for it"]


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (Policy(mode="off"), "the sandbox is off"),
        (Policy(limits=sandbox.Limits(gpu_devices=("/dev/nvidia0",))), "CUDA is not safe in a forked process"),
    ],
)
def test_reasons_for_fresh_kernels(policy: Policy, reason: str) -> None:
    assert reason in why_not_warm(policy)


def test_a_server_that_cannot_make_rooms_is_not_used(monkeypatch: pytest.MonkeyPatch, servers: WarmServers) -> None:
    """The server tries a room before it says that it is ready; here its box has no working folder."""
    real = sandbox.command

    def broken(policy: Policy, argv: list[str], folder: Path) -> sandbox.Launch:
        launch = real(policy, argv, folder)
        if "autograder.kernel.server" not in argv:
            return launch
        env = {**launch.env, "COURSE_CONFINEMENT": launch.env["COURSE_CONFINEMENT"].replace("/notebook", "/nowhere")}
        return sandbox.Launch(launch.argv, env, launch.cwd, launch.limits, launch.temporary)

    monkeypatch.setattr(sandbox, "command", broken)
    launchers = Launchers()
    assert isinstance(launchers.get(POLICY, POLICY), ConfinedLauncher)
    assert "no warm server" in launchers.notes[0]

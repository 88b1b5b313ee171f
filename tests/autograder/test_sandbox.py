"""The grader's side of confinement: which layers there are, what is shown to a kernel, its start and its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from autograder import layers, sandbox, visible
from autograder.errors import SandboxUnavailable, UsageError
from autograder.kernel import confine
from autograder.sandbox import Layer, Policy, Report, Strength

ROOT = Path(__file__).resolve().parents[2]
MIB = 2**20
CONFINE = """
from autograder.kernel import confine
limits = confine.Limits.from_environment()
confine.before_kernel(limits)
confine.after_kernel(limits)
"""
LAYERS_HERE = sandbox.inspect()
needs_bubblewrap = pytest.mark.skipif(not LAYERS_HERE.bubblewrap, reason="bubblewrap does not work here")
needs_inner = pytest.mark.skipif(
    not (LAYERS_HERE.holds("landlock") and LAYERS_HERE.holds("seccomp")), reason="Landlock or seccomp is missing here"
)


def report_without(*names: str) -> Report:
    """A machine that has all layers but these."""
    rows = tuple(
        Layer(name, name not in names, f"{name} is not installed", f"{name} is lost", f"install {name}")
        for name in ("bubblewrap", "landlock", "seccomp", "rlimits")
    )
    return Report(rows, "" if "bubblewrap" in names else "/usr/bin/bwrap", own_users=True)


@pytest.fixture
def connections() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="course-", dir=sandbox.connections_parent()) as folder:
        yield Path(folder)


def run(code: str, connections: Path, policy: Policy | None = None, seconds: float = 30) -> tuple[int, str]:
    """The exit status and the output of a piece of confined Python."""
    launch = sandbox.command(policy or Policy(), [sys.executable, "-c", CONFINE + textwrap.dedent(code)], connections)
    process = sandbox.start(launch, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        return process.wait(seconds), process.stdout.read().decode()
    finally:
        sandbox.kill(process)
        process.stdout.close()
        launch.clean()


# Whether grading may go on.


@pytest.mark.parametrize(
    ("missing", "strength"),
    [
        ((), Strength.FULL),
        (("bubblewrap",), Strength.PARTIAL),
        (("landlock", "seccomp"), Strength.PARTIAL),
        (("bubblewrap", "landlock", "seccomp"), Strength.NONE),
    ],
)
def test_strength(missing: tuple[str, ...], strength: Strength):
    assert report_without(*missing).strength is strength


def test_all_layers_need_no_warning():
    assert sandbox.require("full", report_without()) == []


@pytest.mark.parametrize("name", ["bubblewrap", "landlock", "seccomp"])
def test_a_missing_layer_stops_the_grader(name: str):
    with pytest.raises(SandboxUnavailable) as caught:
        sandbox.require("full", report_without(name))
    assert str(caught.value) == (
        "Student code cannot be confined on this machine.\n"
        f"{name}: {name} is not installed. Without it {name} is lost.\n"
        f"To get {name}: install {name}.\n"
        "Or go on without: --sandbox partial (the other layers hold) or --sandbox off (none do)."
    )


def test_partial_goes_on_with_a_warning():
    (warning,) = sandbox.require("partial", report_without("bubblewrap"))
    assert warning.startswith("Sandbox not complete. bubblewrap: bubblewrap is not installed. Without it ")


def test_partial_needs_something_that_holds():
    with pytest.raises(SandboxUnavailable, match="no protection at all: --sandbox off"):
        sandbox.require("partial", report_without("bubblewrap", "landlock", "seccomp"))


def test_off_goes_on_and_says_what_that_means():
    (warning,) = sandbox.require("off", report_without())
    assert "student code has all rights of the user who grades" in warning


def test_unknown_mode():
    with pytest.raises(UsageError, match="--sandbox is one of full, partial, off; got 'maybe'"):
        sandbox.require("maybe", report_without())


def test_description_says_what_is_lost_and_what_to_do():
    lines = report_without("landlock").describe().splitlines()
    assert lines[0].split() == ["bubblewrap", "yes", "bubblewrap", "is", "not", "installed"]
    assert lines[2].strip() == "without it: landlock is lost"
    assert lines[3].strip() == "to get it:  install landlock"


# What this machine has.


def test_bubblewrap_that_is_not_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(layers.shutil, "which", lambda name: None)
    program, _, layer = layers._try_bubblewrap()
    assert (program, layer.holds, layer.detail) == ("", False, "it is not installed")
    assert "apt-get install bubblewrap" in layer.remedy
    assert "can fill the disk" in layer.protects


@pytest.mark.skipif(sys.platform != "linux", reason="shell scripts as programs")
@pytest.mark.parametrize(
    ("script", "detail"),
    [
        ("echo bubblewrap 0.6.1", "is 0.6.1; 0.7 or newer is needed"),
        ("echo nonsense", "is of an unknown version; 0.7 or newer is needed"),
        (
            '[ "$1" = --version ] && echo bubblewrap 0.9.0 || { echo "bwrap: No permissions" >&2; exit 1; }',
            "it does not work here (No permissions)",
        ),
        ('[ "$1" = --version ] && echo bubblewrap 0.9.0 || exit 3', "it does not work here (exit status 3)"),
    ],
)
def test_bubblewrap_that_does_not_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, detail: str):
    program = tmp_path / "bwrap"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(layers.shutil, "which", lambda name: str(program))
    path, _, layer = layers._try_bubblewrap()
    assert path == ""
    assert detail in layer.detail
    assert layer.remedy


@pytest.mark.parametrize(
    ("setting", "value", "remedy"),
    [
        ("/proc/sys/kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
        ("/proc/sys/user/max_user_namespaces", "0", "user.max_user_namespaces=15000"),
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "AppArmor profile"),
        ("", "", "grade as root"),
    ],
)
def test_remedy_names_the_setting(monkeypatch: pytest.MonkeyPatch, setting: str, value: str, remedy: str):
    monkeypatch.setattr(layers, "_setting", lambda path: value if path == setting else "9")
    monkeypatch.setattr(layers.Path, "exists", lambda self: False)
    assert remedy in layers._namespace_remedy()


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_import_everything_and_offer_off_only(system: str):
    code = f"""
    import sys, subprocess, tempfile, shutil, json, ctypes, site, sysconfig
    sys.platform = {system!r}
    if sys.platform == "win32":
        sys.modules["resource"] = None
    from pathlib import Path
    from autograder import sandbox
    from autograder.kernel import confine, loaders
    from autograder.errors import SandboxUnavailable
    for mode in ("full", "partial"):
        try:
            sandbox.require(mode)
        except SandboxUnavailable as error:
            assert str(error).endswith("--sandbox off."), error
            assert "--sandbox partial" not in str(error)
        else:
            raise AssertionError(mode)
    assert sandbox.inspect().strength is sandbox.Strength.NONE
    with tempfile.TemporaryDirectory() as folder:
        launch = sandbox.command(sandbox.Policy("off"), ["python", "-V"], Path(folder))
    assert launch.argv == ("python", "-V"), launch.argv
    confine.before_kernel(launch.limits)
    confine.after_kernel(launch.limits)
    launch.clean()
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


# Which files are shown.


def test_shown_files_are_few():
    shown = set(visible.for_kernel())
    inside = {path.relative_to(ROOT) for path in shown if path.is_relative_to(ROOT)}
    venv = {path for path in inside if str(path).startswith(".venv")}
    assert inside - venv == {Path("utils"), Path("autograder/__init__.py"), Path("autograder/kernel")}
    for path in ("/etc/passwd", "/etc", "/", "/home", "/root", "/usr", str(Path.home()), str(ROOT)):
        assert Path(path) not in shown


def test_a_data_set_can_be_shown(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    shown = visible.for_kernel([str(tmp_path / "link"), str(tmp_path / "missing")])
    assert shown[tmp_path / "link"] == (tmp_path / "real").resolve()
    assert tmp_path / "missing" not in shown


def test_hidden_parts_of_a_shown_folder(tmp_path: Path):
    """As where the package is installed among others, or the repository lies within an environment's folder."""
    for name in ("a/x", "package/kernel/y", "package/hidden_tests/z", "b"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    hidden = [tmp_path / "package"]
    assert visible.without(tmp_path, hidden) == [tmp_path / "a", tmp_path / "b"]
    assert visible.without(tmp_path / "package" / "kernel", hidden) == [tmp_path / "package" / "kernel"]
    assert visible.without(tmp_path / "package", hidden) == []


def test_asking_for_the_whole_repository_does_not_show_it():
    for path in (ROOT, ROOT.parent):
        shown = visible.for_kernel([str(path)])
        assert ROOT / "autograder" / "hidden_tests" not in shown
        assert not {ROOT, ROOT.parent, ROOT / "autograder", ROOT / "tests"} & set(shown)


@pytest.mark.parametrize(("mode", "expected"), [(0o755, True), (0o700, False), (0o744, False)])
def test_open_to_others(tmp_path: Path, mode: int, expected: bool):
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(mode)
    assert visible.open_to_others(folder, with_parents=False) is expected
    (folder / "file").write_text("x")
    (folder / "file").chmod(0o644)
    assert visible.open_to_others(folder / "file", with_parents=False)
    tmp_path.chmod(0o700)
    assert not visible.open_to_others(folder / "file", with_parents=True)


# The command line.


def test_command_line(connections: Path, tmp_path: Path):
    policy = Policy(limits=confine.Limits(disk_bytes=7 * MIB), read_paths=(str(tmp_path),))
    launch = sandbox.command(policy, ["python", "-m", "x"], connections, report_without())
    text = " ".join(launch.argv)
    assert launch.argv[0] == "/usr/bin/bwrap"
    assert text.endswith(" -- python -m x")
    for part in (
        "--unshare-user --uid 1000 --gid 1000 --unshare-ipc --unshare-pid --unshare-net --unshare-uts",
        "--die-with-parent --new-session",
        "--cap-drop ALL",
        f"--size {7 * MIB} --tmpfs /notebook",
        f"--bind {connections.resolve()} {connections.resolve()}",
        f"--ro-bind {tmp_path} {tmp_path}",
        "--remount-ro / --chdir /notebook --",
    ):
        assert part in text
    assert "--cap-add" not in text
    assert text.count("--bind ") == 1
    assert launch.limits.user is None


@pytest.mark.skipif(os.geteuid() != 0, reason="about root")
def test_root_gives_each_kernel_a_user_of_its_own(connections: Path):
    report = replace(report_without(), own_users=False)
    first, second = (sandbox.command(Policy(), ["python"], connections, report) for _ in range(2))
    assert "--unshare-user" not in first.argv
    assert first.limits.count_processes
    assert first.limits.user != second.limits.user
    assert {first.limits.user, second.limits.user}.isdisjoint({0, None})


def test_gpu_devices_are_let_in(connections: Path):
    devices = ("/dev/null", "/dev/nvidia-missing")  # the first stands for a device that exists
    policy = Policy(limits=confine.Limits(gpu_devices=devices))
    launch = sandbox.command(policy, ["python"], connections, report_without())
    assert " ".join(launch.argv).count("--dev-bind /dev/null /dev/null") == 2
    assert "nvidia-missing" not in " ".join(launch.argv)
    assert "--ro-bind /sys /sys" in " ".join(launch.argv)
    assert confine.Limits.loads(launch.env[confine.ENVIRONMENT_NAME]).gpu_devices == devices


def test_environment_is_made_anew(connections: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COURSE_SECRET", "s")
    monkeypatch.setenv("PYTHONSTARTUP", "s")
    policy = Policy(environment={"COURSE_DATA_DIR": "/data", "HOME": "/data"}, threads=3)
    environment = sandbox.command(policy, ["python"], connections, report_without()).env
    assert "COURSE_SECRET" not in environment
    assert "PYTHONSTARTUP" not in environment
    assert environment["COURSE_DATA_DIR"] == "/data"
    assert environment["OMP_NUM_THREADS"] == "3"
    assert confine.Limits.loads(environment[confine.ENVIRONMENT_NAME]).layers == confine.LAYERS


def test_without_bubblewrap_the_other_layers_are_used(connections: Path):
    launch = sandbox.command(Policy("partial"), ["python"], connections, report_without("bubblewrap"))
    assert launch.argv == ("python",)
    assert launch.limits.layers == ("rlimits", "landlock", "seccomp")
    assert launch.limits.work_dir == launch.cwd == str(Path(launch.temporary).resolve())
    assert Path(launch.temporary).is_dir()
    launch.clean()
    assert not Path(launch.temporary).exists()


def test_off_leaves_only_resource_limits(connections: Path):
    launch = sandbox.command(Policy("off"), ["python"], connections, report_without())
    assert launch.argv == ("python",)
    assert launch.limits.layers == ("rlimits",)
    assert launch.limits.user is None
    launch.clean()


@pytest.mark.parametrize(("inside", "expected"), [(False, 1), (True, 0)])
def test_tmp_is_in_the_working_folder_unless_something_is_shown_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool, expected: int
):
    shown = {Path("/usr/lib"): Path("/usr/lib")} | ({Path("/tmp/checkout"): Path("/tmp/checkout")} if inside else {})
    monkeypatch.setattr(visible, "for_kernel", lambda extra: shown)
    launch = sandbox.command(Policy(), ["python"], Path("/var/tmp/c"), report_without())
    assert " ".join(launch.argv).count("--symlink /notebook/.tmp /tmp") == expected


def test_refuses_to_make_a_command(connections: Path):
    with pytest.raises(SandboxUnavailable, match="seccomp is lost"):
        sandbox.command(Policy(), ["python"], connections, report_without("seccomp"))


def test_sockets_have_a_short_path():
    assert len(sandbox.connections_parent() or tempfile.gettempdir()) <= 40


# The start and the end of a process.


def processes_with(marker: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if marker in path.read_text(errors="replace"):
                found.append(path.parent.name)
        except OSError:
            continue
    return [number for number in found if number != str(os.getpid())]


def wait_for(condition, seconds: float = 10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


@needs_bubblewrap
@needs_inner
@pytest.mark.sandbox
def test_a_loop_that_ignores_signals_ends_with_its_processor_time(connections: Path):
    code = """
    import os, signal
    for number in (signal.SIGXCPU, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    print("started", flush=True)
    while True:
        pass
    """
    started = time.monotonic()
    status, output = run(code, connections, Policy(limits=confine.Limits(cpu_seconds=1)))
    assert output == "started\n"
    assert status == 128 + signal.SIGKILL
    assert time.monotonic() - started < 20


@needs_bubblewrap
@needs_inner
@pytest.mark.sandbox
def test_kernels_do_not_see_each_other(connections: Path):
    first, second = connections / "1", connections / "2"
    first.mkdir()
    second.mkdir()
    status, output = run(f"import os; print(os.path.exists({str(first)!r}), os.path.exists({str(second)!r}))", second)
    assert (status, output) == (0, "False True\n")


@needs_bubblewrap
@pytest.mark.sandbox
def test_nothing_outlives_a_kernel(connections: Path):
    """Without the inner layers, which deny new processes: the box itself has to end what is in it."""
    marker = f"course-daemon-{os.getpid()}"
    code = f"""
    import os, subprocess, signal, sys, time
    def daemon():
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
                os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)", {marker!r}])
            os._exit(0)
    for _ in range(3):
        daemon()
    time.sleep(600)
    """
    launch = sandbox.command(Policy(), [sys.executable, "-c", textwrap.dedent(code), marker], connections)
    process = sandbox.start(launch)
    try:
        # Three daemons, the kernel, and bubblewrap inside and outside, whose own arguments name the kernel's.
        wait_for(lambda: len(processes_with(marker)) == 6)
    finally:
        sandbox.kill(process)
    assert processes_with(marker) == []
    assert process.returncode == -signal.SIGKILL
    sandbox.kill(process)  # again: nothing happens


@needs_bubblewrap
@pytest.mark.sandbox
def test_a_kernel_ends_with_its_grader(connections: Path):
    marker = f"course-orphan-{os.getpid()}"
    code = f"""
    import sys, time
    from pathlib import Path
    from autograder import sandbox
    argv = [sys.executable, "-c", "import time; time.sleep(600)", {marker!r}]
    sandbox.start(sandbox.command(sandbox.Policy(), argv, Path({str(connections)!r})))
    time.sleep(600)
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    grader = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], env=environment)
    try:
        wait_for(lambda: len(processes_with(marker)) == 4)
    finally:
        grader.kill()
        grader.wait()
    wait_for(lambda: not processes_with(marker))


@needs_inner
@pytest.mark.sandbox
@pytest.mark.parametrize("mode", ["full", "partial", "off"])
def test_launcher(connections: Path, mode: str, monkeypatch: pytest.MonkeyPatch):
    if mode != "full":
        inner = replace(LAYERS_HERE, bubblewrap="")
        monkeypatch.setattr(sandbox, "inspect", lambda: inner)
    elif not LAYERS_HERE.bubblewrap:
        pytest.skip("bubblewrap does not work here")
    launcher = sandbox.ConfinedLauncher(Policy(mode))
    argv = [sys.executable, "-c", CONFINE + "import time; time.sleep(600)"]
    process = launcher.start(argv, connections)
    (launch,) = launcher._launches.values()
    wait_for(lambda: process.poll() is not None or (mode == "full" or Path(launch.temporary, ".tmp").is_dir()))
    assert process.poll() is None
    launcher.kill(process)
    assert process.returncode == -signal.SIGKILL
    assert not launcher._launches
    assert not launch.temporary or not Path(launch.temporary).exists()


# A real kernel: NumPy, matplotlib and PyTorch in it, and nothing else to be had.

KERNEL = """
import sys
from autograder.kernel import confine
limits = confine.Limits.from_environment()
confine.before_kernel(limits)
from ipykernel.kernelapp import IPKernelApp
from autograder.kernel import loaders
loaders.install()
app = IPKernelApp.instance()
app.initialize(["-f", sys.argv[1], "--HistoryManager.enabled=False", "--colors=NoColor"])
confine.after_kernel(limits)
app.start()
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[BlockingKernelClient]:
    if not LAYERS_HERE.bubblewrap or not LAYERS_HERE.holds("landlock") or not LAYERS_HERE.holds("seccomp"):
        pytest.skip("a layer is missing here")
    with tempfile.TemporaryDirectory(prefix="course-", dir=sandbox.connections_parent()) as folder:
        file, _ = write_connection_file(f"{folder}/connection.json", transport="ipc", ip=f"{folder}/k")
        launch = sandbox.command(Policy(threads=2), [sys.executable, "-c", KERNEL, file], Path(folder))
        process = sandbox.start(launch)
        client = BlockingKernelClient(connection_file=file)
        client.load_connection_file()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            yield client
        finally:
            client.stop_channels()
            sandbox.kill(process)


def execute(client: BlockingKernelClient, code: str) -> str:
    """What a cell puts out: its text, the types of what it displays, or its error."""
    shown: list[str] = []

    def take(message: dict) -> None:
        content = message["content"]
        if message["msg_type"] == "stream":
            shown.append(content["text"])
        elif message["msg_type"] in ("display_data", "execute_result"):
            shown.append(" ".join(sorted(content["data"])))
        elif message["msg_type"] == "error":
            shown.append(f"{content['ename']}: {content['evalue']}")

    client.execute_interactive(textwrap.dedent(code), timeout=60, output_hook=take)
    return "".join(shown).strip()


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("1 + 1", "text/plain"),
        ("import numpy as np; a = np.ones((300, 300)); print((a @ a).sum())", "27000000.0"),
        ("import matplotlib.pyplot as plt; plt.plot([1, 2]);", "image/png text/plain"),
        ("import torch; b = torch.ones(300, 300); print((b @ b).sum().item())", "27000000.0"),
        ("import torch; print(torch.get_num_threads())", "2"),
        (
            """
            import torch
            weight = torch.ones(4, 3, 3, 3, requires_grad=True)
            torch.nn.functional.conv2d(torch.ones(2, 3, 32, 32), weight).sum().backward()
            print(weight.grad.sum().item())
            """,
            "194400.0",
        ),
        (
            "import torch; torch.save({'b': torch.ones(3)}, 'b.pt'); print(torch.load('b.pt')['b'].shape)",
            "torch.Size([3])",
        ),
        (
            """
            import torch
            from torch.utils.data import DataLoader, TensorDataset
            data = TensorDataset(torch.ones(300, 300))
            loader = DataLoader(data, 128, num_workers=2, prefetch_factor=4, persistent_workers=True)
            print([len(rows[0]) for rows in loader])
            """,
            "Data is loaded in this process: worker processes are not allowed while grading.\n[128, 128, 44]",
        ),
        ("import asyncio; await asyncio.sleep(0.01); print('awake')", "awake"),
        ("import multiprocessing as m; m.Process(target=print).start()", "PermissionError: [Errno 1] Operation not"),
        ("import urllib.request as r; r.urlopen('http://127.0.0.1')", "URLError: <urlopen error [Errno 1] Operation"),
        (f"open({str(ROOT / 'pyproject.toml')!r})", "FileNotFoundError: [Errno 2] No such file"),
        ("block = bytearray(8 * 2**30)", "MemoryError"),
        ("print('still here')", "still here"),
    ],
)
def test_kernel(kernel: BlockingKernelClient, code: str, expected: str):
    assert execute(kernel, code).startswith(expected)


@pytest.mark.sandbox
def test_kernel_can_be_interrupted_by_message(kernel: BlockingKernelClient):
    message = kernel.execute("import time\nwhile True:\n    time.sleep(0.05)")
    time.sleep(0.3)
    kernel.control_channel.send(kernel.session.msg("interrupt_request", {}))
    while (reply := kernel.get_shell_msg(timeout=20))["parent_header"].get("msg_id") != message:
        pass
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert execute(kernel, "print('still here')") == "still here"

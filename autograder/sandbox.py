"""Start a student's kernel in a box: the policy, the command line, and the end of all that it started.

    grader --Popen--> bwrap (namespaces, mounts) --> python (rlimits, Landlock, then ipykernel, then seccomp)

What the box shows is a list of files (`autograder.visible`); everything else does not exist in it. Layers that act from
within are in `autograder.kernel.confine`; which of all there are on this machine says `autograder.layers`.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import platform
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from autograder import visible
from autograder.kernel.confine import ENVIRONMENT_NAME, LAYERS, Limits
from autograder.layers import MODES, Layer, Report, Strength, inspect, namespaces, require

if TYPE_CHECKING:
    from autograder.provisioner import KernelProcess

__all__ = [
    "MODES",
    "ConfinedLauncher",
    "Launch",
    "Layer",
    "Limits",
    "Policy",
    "Report",
    "Strength",
    "command",
    "connections_parent",
    "gpu_devices",
    "hand_over",
    "inspect",
    "kill",
    "require",
    "start",
    "within",
]

WORK_DIR = "/notebook"
"""The working directory, home and place for temporary files in the box: one file system of limited size."""
_MASKED = ("kcore", "kallsyms", "keys", "key-users", "timer_list", "sched_debug", "sysrq-trigger")
_FIRST_USER, _USERS = 50_000, 10_000
_KEPT_VARIABLES = ("TZ", "SYSTEMROOT", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES")
_turns = itertools.count()
DEVICES = Path("/dev")


@dataclass(frozen=True)
class Policy:
    """How kernels are confined.

    Attributes
    ----------
    mode : {"full", "partial", "off"}
        Whether missing layers are an error, are left out, or nothing but resource limits is wanted.
    limits : Limits
        The amounts and GPU devices; its folders are filled in by `command`.
    read_paths : tuple of str
        Files and folders that kernels may read beside Python, its packages and `utils`, such as data sets.
    environment : mapping of str to str
        Variables that kernels get beside the few that they need; nothing of the grader's environment is passed on.
    threads : int
        For BLAS, OpenMP and PyTorch.
    """

    mode: str = "full"
    limits: Limits = field(default_factory=Limits)
    read_paths: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    threads: int = 1


@dataclass(frozen=True)
class Launch:
    """One kernel that is ready to be started.

    Attributes
    ----------
    argv : tuple of str
        The command line, bubblewrap's included.
    env : dict
        Its whole environment.
    cwd : str
        Where to start it.
    limits : Limits
        What it will ask of the system.
    temporary : str
        A folder outside the box that `clean` removes; empty where the box has its own.
    """

    argv: tuple[str, ...]
    env: dict[str, str]
    cwd: str
    limits: Limits
    temporary: str = ""

    def clean(self) -> None:
        """Remove what was made on disk for this kernel."""
        if self.temporary:
            shutil.rmtree(self.temporary, ignore_errors=True)


def command(policy: Policy, python_argv: Sequence[str], connections: Path, report: Report | None = None) -> Launch:
    """Wrap the command line of a kernel.

    Parameters
    ----------
    policy : Policy
        What it may use and see.
    python_argv : sequence of str
        The kernel's own command line; its first item is a Python interpreter. What it runs has to call
        `autograder.kernel.confine.before_kernel` and `after_kernel`.
    connections : Path
        A folder of this kernel's own, for its connection file and sockets: the only thing that both sides can write to.
    report : Report, optional
        What this machine has; inspected if not given.

    Raises
    ------
    autograder.errors.SandboxUnavailable
        If a layer is missing and the policy's mode does not allow that.
    """
    report = report or inspect()
    require(policy.mode, report)
    boxed = policy.mode != "off" and bool(report.bubblewrap)
    layers = ("rlimits",) if policy.mode == "off" else tuple(name for name in LAYERS if report.holds(name))
    shown = {} if policy.mode == "off" else visible.for_kernel(policy.read_paths)
    temporary = "" if boxed else tempfile.mkdtemp(prefix="course-work-")
    user = _own_user(shown, boxed, report) if policy.mode != "off" else None
    limits = replace(
        policy.limits,
        work_dir=WORK_DIR if boxed else str(Path(temporary).resolve()),
        connection_dir=str(connections.resolve()),
        read_paths=tuple(sorted(map(str, set(shown.values())))),
        layers=layers,
        user=user,
        count_processes=user is not None or (boxed and report.own_users and _release() >= (5, 14)),
    )
    env = _environment(policy, limits)
    argv = list(python_argv)
    if boxed:
        argv = [report.bubblewrap, *_bubblewrap(report, limits, shown), "--", *argv]
    return Launch(tuple(argv), env, "/" if boxed else limits.work_dir, limits, temporary)


def within(launch: Launch, connections: Path) -> Launch:
    """What a kernel that is forked within the box of `launch` needs of it, with a folder and a user of its own."""
    user = None if launch.limits.user is None else _next_user()
    limits = replace(launch.limits, connection_dir=str(connections.resolve()), user=user)
    return replace(launch, argv=(), env={**launch.env, ENVIRONMENT_NAME: limits.dumps()}, limits=limits)


def hand_over(launch: Launch) -> None:
    """Let the kernel's user, where it has one of its own, have the folders that it is to write to."""
    if launch.limits.user is not None:
        for folder in map(Path, filter(None, (launch.limits.connection_dir, launch.temporary))):
            for path in (folder, *folder.iterdir()):
                os.chown(path, launch.limits.user, launch.limits.user, follow_symlinks=False)


def start(
    launch: Launch,
    stdout: int | IO[bytes] = subprocess.DEVNULL,
    stderr: int | IO[bytes] = subprocess.DEVNULL,
    pass_fds: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    """Start it, with nothing on its input and, unless given, its output thrown away.

    The kernel ends when the thread that called this ends (the system counts the thread as the parent), so call it from
    one that stays.
    """
    hand_over(launch)
    return subprocess.Popen(
        launch.argv,
        env=launch.env,
        cwd=launch.cwd,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        start_new_session=sys.platform != "win32",
        pass_fds=pass_fds,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a kernel and all that it started, and return once nothing of it is left.

    The child of bubblewrap is the first process of its namespace: when it ends, the system ends every other process in
    there, daemons included, before it reports that end. Without bubblewrap the kernel's process group is killed.
    """
    handles = _open_children(process.pid) if process.returncode is None else []
    try:
        if process.returncode is None and sys.platform != "win32":
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        for handle in handles:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        process.wait()
        for handle in handles:
            select.select([handle], [], [], 30)
    finally:
        for handle in handles:
            os.close(handle)


def connections_parent() -> str | None:
    """Where to make the private folder of a kernel's sockets; to be given to `tempfile.mkdtemp` as ``dir``.

    Its path is short, since the path of a socket may have 107 bytes, and not below ``/tmp`` where that can be avoided,
    so that the box can have a ``/tmp`` of its own. None stands for the usual place.
    """
    candidates = (os.environ.get("XDG_RUNTIME_DIR", ""), "/var/tmp")
    return next((path for path in candidates if path and len(path) <= 40 and os.access(path, os.W_OK)), None)


def gpu_devices() -> tuple[str, ...]:
    """The device files of this machine's NVIDIA GPUs, as far as ``CUDA_VISIBLE_DEVICES`` allows; often none."""
    found = [path for path in (*DEVICES.glob("nvidia*"), *DEVICES.glob("nvidia-caps/*")) if not path.is_dir()]
    cards = {path: match[1] for path in found if (match := re.fullmatch(r"nvidia(\d+)", path.name))}
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is not None and re.fullmatch(r"(\d+(,\d+)*)?", allowed):  # it may also name them by other names
        cards = {path: number for path, number in cards.items() if number in allowed.split(",")}
    if not cards:
        return ()
    return tuple(sorted(str(path) for path in found if path in cards or not re.fullmatch(r"nvidia\d+", path.name)))


def _bubblewrap(report: Report, limits: Limits, shown: Mapping[Path, Path]) -> list[str]:
    """The arguments that make the box; a later mount may lie within an earlier one."""
    box = _Box()
    for path in ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"):
        box.mount("--dev-bind", path, path)
    box.add("--symlink", "/proc/self/fd", "/dev/fd")
    box.add("--proc", "/proc")
    box.add("--ro-bind", "/proc/sys", "/proc/sys")  # as root, bubblewrap leaves settings of the machine open to writing
    for name in _MASKED:
        if Path("/proc", name).exists():
            box.add("--ro-bind", "/dev/null", f"/proc/{name}")
    for folder in ("/sys",) if limits.gpu_devices else ("/sys/devices/system/cpu", "/sys/devices/system/node"):
        if Path(folder).exists():
            box.mount("--ro-bind", folder, folder)
    box.add("--perms", "1777", "--size", str(limits.disk_bytes), "--tmpfs", limits.work_dir)
    for place, source in sorted(shown.items()):
        box.mount("--ro-bind", str(source), str(place))
    for device in limits.gpu_devices:
        if Path(device).exists():
            box.mount("--dev-bind", device, device)
    box.mount("--bind", limits.connection_dir, limits.connection_dir)
    box.add("--symlink", f"{limits.work_dir}/.tmp", "/dev/shm")
    if "/tmp" not in box.folders:
        box.add("--symlink", f"{limits.work_dir}/.tmp", "/tmp")
    return [*namespaces(report.own_users), *box.arguments, "--remount-ro", "/", "--chdir", limits.work_dir]


class ConfinedLauncher:
    """Starts and ends kernels under one policy.

    Raises
    ------
    autograder.errors.SandboxUnavailable
        If a layer is missing on this machine and the policy's mode does not allow that.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.warnings = require(policy.mode)
        self._launches: dict[int, Launch] = {}

    def connections(self) -> str | None:
        """Where kernels' folders of sockets are made."""
        return connections_parent()

    def start(self, argv: list[str], connection_dir: Path) -> subprocess.Popen[bytes]:
        """Start `argv` (a Python command) in a box that shares only `connection_dir` with this process."""
        launch = command(self.policy, argv, connection_dir)
        try:
            process = start(launch)
        except OSError:
            launch.clean()
            raise
        self._launches[process.pid] = launch
        return process

    def kill(self, process: KernelProcess) -> None:
        """End the process and everything that it started, wait until it is gone, and remove what it left on disk."""
        assert isinstance(process, subprocess.Popen)
        kill(process)
        launch = self._launches.pop(process.pid, None)
        if launch is not None:
            launch.clean()

    def close(self) -> None:
        """Nothing is kept between kernels."""


class _Box:
    """Arguments for mounts, each with the folders above it, which as root would else be closed to other users."""

    def __init__(self) -> None:
        self.arguments: list[str] = []
        self.folders: set[str] = {"/"}

    def add(self, *arguments: str) -> None:
        self.arguments += arguments

    def mount(self, option: str, source: str, path: str) -> None:
        for folder in reversed(Path(path).parents):
            if str(folder) not in self.folders:
                self.folders.add(str(folder))
                self.add("--perms", "0755", "--dir", str(folder))
        self.add(option, source, path)
        self.folders.add(path)


def _environment(policy: Policy, limits: Limits) -> dict[str, str]:
    """All variables of a kernel: none is taken over but the few that name the machine's own settings."""
    count = str(policy.threads)
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | {
        "HOME": limits.work_dir,
        "USER": "student",
        "LOGNAME": "student",
        "TMPDIR": f"{limits.work_dir}/.tmp",
        "MPLCONFIGDIR": f"{limits.work_dir}/.matplotlib",
        "IPYTHONDIR": f"{limits.work_dir}/.ipython",
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(map(str, visible.import_roots())),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "OMP_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        **policy.environment,
        ENVIRONMENT_NAME: limits.dumps(),
    }


def _own_user(shown: Mapping[Path, Path], boxed: bool, report: Report) -> int | None:
    """A user number for a kernel that root starts: its processes are counted apart, and root's rights are gone.

    None where this is not root, where a user namespace allows no other users, or where other users may not read what a
    kernel has to read: then the kernel stays root without any capability.
    """
    if sys.platform != "linux" or os.geteuid() != 0 or (boxed and report.own_users):
        return None
    readable = all(visible.open_to_others(source, with_parents=not boxed) for source in shown.values())
    return _next_user() if readable else None


def _next_user() -> int | None:
    """A number that no other kernel has had lately; None if this system cannot have it."""
    user = _FIRST_USER + (os.getpid() * 31 + next(_turns)) % _USERS
    return user if _is_mapped(user) else None


def _is_mapped(user: int) -> bool:
    """Whether this user number exists in the namespace that we are in (a container may have few)."""
    try:
        rows = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()]
    except OSError:
        return False
    return any(int(first) <= user < int(first) + int(length) for first, _, length in rows)


def _open_children(pid: int) -> list[int]:
    """Handles of the direct children of a process, which stay theirs even if the numbers are used again."""
    handles = []
    with contextlib.suppress(OSError, AttributeError):
        for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                handles.append(os.pidfd_open(int(number)))
    return handles


def _release() -> tuple[int, ...]:
    """The first two numbers of the kernel's version."""
    parts = platform.release().split(".")[:2]
    return tuple(int(part) if part.isdigit() else 0 for part in parts)

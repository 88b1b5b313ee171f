"""Confinement from within: what a kernel's process gives up before it runs student code.

Two steps, in this order: `before_kernel` while the process has one thread (limits, privileges, Landlock), then
ipykernel binds its sockets, then `after_kernel` (seccomp, on all threads). Both act on the calling process only, so a
process that was forked from a warm server calls them just as a fresh one does. None of it can be taken back.

Standard library only: this runs before anything else is imported.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import struct
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder.kernel import landlock, seccomp
from autograder.kernel.landlock import DEVICE, OWN, READ, SOCKETS, USE

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

MIB = 2**20
ENVIRONMENT_NAME = "COURSE_CONFINEMENT"
"""The environment variable in which the grader hands `Limits` to the kernel."""
CODE_ROOM = 6 * 2**30
"""Address space, in bytes, beyond the memory limit: PyTorch maps some 3 GiB of code from its files, and each thread
reserves 64 MiB that it does not use."""
LAYERS = ("rlimits", "landlock", "seccomp")
"""The layers that are put on from within, in their order."""

_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 4, 24, 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION = 0x20080522
_CPU_GRACE = 2

# What the C library, BLAS, PyTorch and psutil look up about the machine; no other process shows here.
_SYSTEM_FACTS = (
    *("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/uptime", "/proc/version"),
    *("/proc/filesystems", "/proc/sys/kernel/osrelease", "/proc/sys/kernel/ostype", "/proc/sys/kernel/random"),
    *("/proc/sys/vm/overcommit_memory", "/proc/sys/vm/max_map_count"),
    *("/sys/devices/system/cpu", "/sys/devices/system/node", "/sys/kernel/mm/transparent_hugepage"),
)
_PLAIN_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_GPU_FACTS = ("/proc/driver/nvidia", "/proc/devices", "/proc/modules", "/proc/sys/vm/mmap_min_addr", "/sys")


class ConfinementError(Exception):
    """A layer could not be put on; no student code may run in this process."""


@dataclass(frozen=True)
class Limits:
    """What one kernel may use and see.

    Attributes
    ----------
    memory_bytes : int
        Data of its own. Address space may be larger by `CODE_ROOM`; with a GPU it is not limited, since CUDA reserves
        far more than it uses.
    cpu_seconds : int
        Processor time of all threads together. A process that ignores the first signal is killed two seconds later.
    file_bytes, disk_bytes : int
        The largest file, and all files together (the latter only with bubblewrap).
    processes : int
        Threads. New processes are denied altogether.
    open_files : int
        File descriptors.
    gpu_devices : tuple of str
        Device files that are let in, such as ``/dev/nvidia0``, ``/dev/nvidiactl`` and ``/dev/nvidia-uvm``.
    work_dir : str
        The only folder in which the kernel can keep files.
    connection_dir : str
        Where it makes its sockets and finds its connection file.
    read_paths : tuple of str
        Files and folders (with all beneath) that it may read.
    layers : tuple of str
        Which of `LAYERS` to put on; what is named here and cannot be had is an error.
    user : int or None
        The user to become, where the process is started as root; None to stay.
    count_processes : bool
        Whether what the system counts for a user as a whole can be limited: only where the user has no other processes.
    """

    memory_bytes: int = 4096 * MIB
    cpu_seconds: int = 600
    file_bytes: int = 1024 * MIB
    disk_bytes: int = 1024 * MIB
    processes: int = 256
    open_files: int = 512
    gpu_devices: tuple[str, ...] = ()
    work_dir: str = ""
    connection_dir: str = ""
    read_paths: tuple[str, ...] = ()
    layers: tuple[str, ...] = LAYERS
    user: int | None = None
    count_processes: bool = True

    def dumps(self) -> str:
        """Write as JSON, for the way into the kernel."""
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, text: str) -> Limits:
        """Read what `dumps` wrote."""
        fields: dict[str, Any] = json.loads(text)
        values: Any = {key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()}
        return cls(**values)

    @classmethod
    def from_environment(cls) -> Limits:
        """Take the limits that the grader put into the environment, and remove them from there.

        Raises
        ------
        ConfinementError
            If there are none: the process was not started by the grader.
        """
        text = os.environ.pop(ENVIRONMENT_NAME, None)
        if text is None:
            raise ConfinementError(f"{ENVIRONMENT_NAME} is not set: this process was not started by the grader")
        return cls.loads(text)


def before_kernel(limits: Limits) -> None:
    """Give up all that ipykernel does not need for its start. Call it first thing, while there is only one thread.

    Raises
    ------
    ConfinementError
        If a layer that `limits` names cannot be put on.
    """
    os.umask(0o077)
    if sys.platform == "linux" and limits.layers != ("rlimits",):
        _check_single_thread()
        be_first_to_go()
        drop_privileges(limits.user)
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _make_folders(limits)
    if "landlock" in limits.layers:
        restrict_files(limits)
    if "rlimits" in limits.layers:
        limit_resources(limits)
    if sys.platform == "linux" and limits.layers != ("rlimits",):
        # Other processes of the same user may no longer look into this one; after the change of user, which resets it.
        _prctl(_PR_SET_DUMPABLE, 0)


def after_kernel(limits: Limits) -> None:
    """Give up what only the start needed: sockets, processes, new limits. Call it once all sockets are bound.

    Raises
    ------
    ConfinementError
        If `limits` names seccomp and it cannot be had.
    """
    if "seccomp" not in limits.layers:
        return
    if not seccomp.available():
        raise ConfinementError("this system has no seccomp filters")
    try:
        seccomp.install(gpu=bool(limits.gpu_devices))
    except OSError as error:
        raise ConfinementError(str(error)) from error


def restrict_files(limits: Limits) -> None:
    """Landlock: only the paths of `limits`, what the system tells about the machine, and plain devices."""
    readable = (*limits.read_paths, *_SYSTEM_FACTS, *(_GPU_FACTS if limits.gpu_devices else ()))
    rules = [(path, READ) for path in readable]
    rules += [(path, USE) for path in _PLAIN_DEVICES]
    rules += [(path, DEVICE) for path in limits.gpu_devices]
    rules += [(limits.work_dir, OWN), (limits.connection_dir, SOCKETS)]
    try:
        landlock.restrict((path, rights) for path, rights in rules if path)
    except OSError as error:
        raise ConfinementError(str(error)) from error


def limit_resources(limits: Limits) -> None:
    """Resource limits of the process; the system lets nobody raise them again."""
    if resource is None:
        return
    room = resource.RLIM_INFINITY if limits.gpu_devices else limits.memory_bytes + CODE_ROOM
    wanted = {
        "RLIMIT_DATA": (limits.memory_bytes,) * 2,
        "RLIMIT_AS": (room, room),
        "RLIMIT_CPU": (limits.cpu_seconds, limits.cpu_seconds + _CPU_GRACE),
        "RLIMIT_FSIZE": (limits.file_bytes,) * 2,
        "RLIMIT_NOFILE": (limits.open_files,) * 2,
        "RLIMIT_CORE": (0, 0),
        "RLIMIT_MSGQUEUE": (0, 0),
    }
    if limits.count_processes:
        wanted |= {"RLIMIT_NPROC": (limits.processes,) * 2, "RLIMIT_SIGPENDING": (1024,) * 2}
    for name, pair in wanted.items():
        if hasattr(resource, name):
            _set_limit(name, pair)


def drop_privileges(user: int | None) -> None:
    """Become `user` (where one is given and this is root) and keep no capability."""
    if os.geteuid() == 0:
        for capability in range(64):  # fails where the process may not, or has no such capability: nothing to drop
            _libc().prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
        if user is not None:
            try:
                os.setgroups([])
                os.setresgid(user, user, user)
                os.setresuid(user, user, user)
            except OSError as error:
                raise ConfinementError(f"cannot become user {user}: {error.strerror}") from error
    _libc().prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    if _libc().capset(header, bytes(24)) != 0:
        raise ConfinementError(f"cannot drop capabilities: {os.strerror(ctypes.get_errno())}")


def be_first_to_go() -> None:
    """Should the machine run out of memory all the same, the system is to end this process and not the grader."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _set_limit(name: str, pair: tuple[int, int]) -> None:
    number = getattr(resource, name)
    hardest = resource.getrlimit(number)[1]
    if hardest != resource.RLIM_INFINITY:
        pair = tuple(hardest if value == resource.RLIM_INFINITY else min(value, hardest) for value in pair)  # type: ignore[assignment]
    try:
        resource.setrlimit(number, pair)
    except (ValueError, OSError) as error:
        if sys.platform == "linux":  # macOS knows some of these names and refuses them
            raise ConfinementError(f"cannot set {name}: {error}") from error


def _make_folders(limits: Limits) -> None:
    """The folder for passing files that the environment names, within the working directory."""
    if limits.work_dir:
        Path(limits.work_dir, ".tmp").mkdir(exist_ok=True)


def _check_single_thread() -> None:
    """Landlock binds the thread that asks for it, and threads that were there before would stay free."""
    count = len(list(Path("/proc/self/task").iterdir()))
    if count != 1:
        raise ConfinementError(f"confinement has to come first, but there are {count} threads already")


def _prctl(option: int, value: int) -> None:
    if _libc().prctl(option, value, 0, 0, 0) != 0:
        raise ConfinementError(f"prctl({option}): {os.strerror(ctypes.get_errno())}")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)

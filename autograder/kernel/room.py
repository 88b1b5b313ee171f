"""A room for one kernel inside the box that it shares with its warm server: namespaces and mounts of its own.

The box (`autograder.sandbox`) keeps the machine out. Kernels that were forked from one server stand in the same box,
and this module keeps them from each other: another user number where the server is root, and a user, process, mount,
network and IPC namespace for each. In a room there is an empty working directory of limited size, the kernel's own
folder of sockets and no other, and a ``/proc`` that knows one process.

Standard library only. Called by `autograder.kernel.server` in processes that have one thread.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path

from autograder.kernel.confine import Limits

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 2, 4, 8
_MS_BIND, _MS_MOVE, _MS_REC, _MS_PRIVATE = 0x1000, 0x2000, 0x4000, 0x40000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _SIGKILL = 1, 4, 9
_SIOCSIFFLAGS, _IFF_UP, _IFF_RUNNING = 0x8914, 0x1, 0x40

_MACHINE_FACTS = ("cpuinfo", "meminfo", "stat", "loadavg", "uptime", "version", "filesystems", "sys")


def enter(limits: Limits) -> None:
    """Move this process into namespaces of its own; its children are in them entirely.

    Parameters
    ----------
    limits : Limits
        Of the kernel that is to run here: its user, folders and disk space.

    Raises
    ------
    OSError
        If the system refuses one of the steps.
    """
    if limits.user is not None:
        os.setgroups([])
        os.setresgid(limits.user, limits.user, limits.user)
        os.setresuid(limits.user, limits.user, limits.user)
        _check(_libc().prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0), "prctl")  # else the maps below belong to root
    user, group = os.getuid(), os.getgid()
    wanted = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET
    _check(_libc().unshare(wanted), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _mount(None, "/", flags=_MS_REC | _MS_PRIVATE)
    _loopback_up()


def furnish(limits: Limits, process: int) -> None:
    """Mount what the kernel will see; called by the supervisor once the kernel's process is there, and waits.

    Parameters
    ----------
    limits : Limits
        As for `enter`.
    process : int
        The kernel's process as its supervisor numbers it.
    """
    _own_sockets(limits.connection_dir)
    _own_proc(limits.work_dir, process)
    _mount("tmpfs", limits.work_dir, "tmpfs", _MS_NOSUID | _MS_NODEV, f"size={limits.disk_bytes},mode=0700")


def die_with_parent() -> None:
    """Ask the system to end this process when its parent ends."""
    _check(_libc().prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0), "prctl")


def _own_proc(staging: str, process: int) -> None:
    """A ``/proc`` with one process, built aside and moved into place.

    A fresh one cannot be mounted: the system allows that only where nothing of the one outside is covered.
    """
    _mount("tmpfs", staging, "tmpfs", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, "size=64k,mode=0755")
    # Under the number that it has in its own namespace: the first.
    for source, place in ((str(process), "1"), *((name, name) for name in _MACHINE_FACTS)):
        _show(Path("/proc", source), Path(staging, place))
    Path(staging, "self").symlink_to("1")
    _mount(staging, "/proc", flags=_MS_MOVE)


def _show(source: Path, place: Path) -> None:
    """Bind a file or folder, if there is one, to a new place."""
    if not source.exists():
        return
    if source.is_dir():
        place.mkdir()
    else:
        place.touch()
    _mount(str(source), str(place), flags=_MS_BIND | _MS_REC)


def _own_sockets(folder: str) -> None:
    """Of all kernels' folders for sockets, show this one's only."""
    handle = os.open(folder, os.O_PATH)
    try:
        _mount("tmpfs", str(Path(folder).parent), "tmpfs", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, "size=64k,mode=0755")
        Path(folder).mkdir()
        _mount(f"/proc/self/fd/{handle}", folder, flags=_MS_BIND)
    finally:
        os.close(handle)


def _loopback_up() -> None:
    """Asyncio and libzmq may wake themselves up over the loopback interface; there is no other."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        fcntl.ioctl(handle, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP | _IFF_RUNNING))


def _mount(source: str | None, place: str, kind: str | None = None, flags: int = 0, data: str | None = None) -> None:
    texts = [text.encode() if text is not None else None for text in (source, place, kind)]
    options = data.encode() if data is not None else None
    _check(_libc().mount(*texts, ctypes.c_ulong(flags), options), f"mount {place}")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)

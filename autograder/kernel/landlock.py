"""Landlock: a process gives up, for good, every file that is not on a list, TCP, and signals to others.

It needs no privileges and works without namespaces. What it covers grew with the system: `abi` tells how much there is,
and `restrict` asks for all of it. Interface: https://docs.kernel.org/userspace-api/landlock.html.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
import sys
from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every machine
_ASK_VERSION = 1
_PATH_BENEATH, _NET_PORT = 1, 2

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_SOCK, _MAKE_BLOCK = 1 << 6, 1 << 9, 1 << 11
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
_BIND_TCP, _CONNECT_TCP = 1, 2
_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1, 2

# How many rights over files each version of the interface knows: 13 at first, then moving files between folders,
# truncating, and commands to devices.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NEWEST = 6

READ = _READ_FILE | _READ_DIR
"""Read files and list folders. Nothing gives the right to execute a file; libraries need only be read."""
USE = READ | _WRITE_FILE
"""Read and write what is there, such as /dev/null."""
DEVICE = USE | _IOCTL_DEVICE
"""A device with its commands, such as a GPU."""
SOCKETS = READ | _MAKE_SOCK
"""Read, and make sockets but no files, so that nothing can be stored there."""
OWN = ((1 << 16) - 1) & ~(_EXECUTE | _MAKE_CHAR | _MAKE_BLOCK | _IOCTL_DEVICE)
"""Everything but execute and make devices."""

Rule = tuple[str, int]
"""A path and the rights to it and to all beneath it."""


def abi() -> int:
    """The version of the interface that this system has; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    version = _libc().syscall(ctypes.c_long(_CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint(_ASK_VERSION))
    return max(0, int(version))


def restrict(rules: Iterable[Rule]) -> int:
    """Leave this thread, and the threads and processes that it starts from now on, only what `rules` allow.

    Parameters
    ----------
    rules : iterable of (path, rights)
        Paths that do not exist are passed over.

    Returns
    -------
    int
        The version of the interface in use.

    Raises
    ------
    OSError
        If the system has no Landlock or refuses; nothing is restricted then.
    """
    version = min(abi(), _NEWEST)
    if not version:
        raise OSError(errno.ENOSYS, "this system has no Landlock")
    files = (1 << _FILE_RIGHTS[min(version, 5)]) - 1
    network = _BIND_TCP | _CONNECT_TCP if version >= 4 else 0
    scopes = _SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS if version >= 6 else 0
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    attributes = struct.pack("=QQQ", files, network, scopes)[:size]
    ruleset = _call(_CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint(0))
    try:
        for path, rights in rules:
            _allow_path(ruleset, path, rights & files)
        if network:  # a free port, for ipykernel's pipe to itself; nothing may connect to it
            _add(ruleset, _NET_PORT, struct.pack("=QQ", _BIND_TCP, 0))
        _call(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0))
    finally:
        os.close(ruleset)
    return version


def _allow_path(ruleset: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            rights &= _ON_FILES
        _add(ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, handle))
    finally:
        os.close(handle)


def _add(ruleset: int, kind: int, attributes: bytes) -> None:
    _call(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(kind), attributes, ctypes.c_uint(0))


def _call(number: int, *arguments: object) -> int:
    result = int(_libc().syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return result


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)

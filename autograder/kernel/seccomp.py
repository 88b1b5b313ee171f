"""A seccomp filter in plain bytes: which system calls a kernel that runs student code may no longer make.

The filter lets everything pass but a list, because a list of what NumPy, PyTorch, zmq and a GPU driver need would be
wrong on the next machine. What is newer than this list is answered as if the system did not have it. It is installed
after the kernel's sockets are bound (libzmq aborts when it cannot make them), for all threads at once.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

# Each line: a system call and its number on x86_64 and on aarch64 ("-" where that machine has none).
_NUMBERS = """
clone 56 220            fork 57 -                 vfork 58 -                clone3 435 435
execve 59 221           execveat 322 281          ptrace 101 117            kcmp 312 272
process_vm_readv 310 270    process_vm_writev 311 271    process_madvise 440 440    process_mrelease 448 448
pidfd_open 434 434      pidfd_send_signal 424 424     pidfd_getfd 438 438
kill 62 129             tkill 200 130             tgkill 234 131
rt_sigqueueinfo 129 138     rt_tgsigqueueinfo 297 240
mount 165 40            umount2 166 39            pivot_root 155 41         chroot 161 51
open_tree 428 428       move_mount 429 429        fsopen 430 430            fsconfig 431 431
fsmount 432 432         fspick 433 433            mount_setattr 442 442     unshare 272 97
setns 308 268           swapon 167 224            swapoff 168 225           quotactl 179 60
quotactl_fd 443 443     name_to_handle_at 303 264     open_by_handle_at 304 265
mknod 133 -             mknodat 259 33            fanotify_init 300 262
bpf 321 280             perf_event_open 298 241   userfaultfd 323 282       lookup_dcookie 212 18
add_key 248 217         request_key 249 218       keyctl 250 219
kexec_load 246 104      kexec_file_load 320 294   init_module 175 105       finit_module 313 273
delete_module 176 106   create_module 174 -       nfsservctl 180 42         reboot 169 142
settimeofday 164 170    clock_settime 227 112     clock_adjtime 305 266     adjtimex 159 171
sethostname 170 161     setdomainname 171 162     acct 163 89               syslog 103 116
vhangup 153 58          iopl 172 -                ioperm 173 -              modify_ldt 154 -
uselib 134 -            ustat 136 -               sysfs 139 -               _sysctl 156 -
personality 135 92      setrlimit 160 164         prlimit64 302 261         setpriority 141 140
ioprio_set 251 30       move_pages 279 239        migrate_pages 256 238
socket 41 198           connect 42 203            bind 49 200               listen 50 201
sendto 44 206           socketpair 53 199
shmget 29 194           shmat 30 196              semget 64 190             msgget 68 186
mq_open 240 180         io_setup 206 0            memfd_create 319 279      memfd_secret 447 447
io_uring_setup 425 425  io_uring_enter 426 426    io_uring_register 427 427
ioctl 16 29
"""
LAST_KNOWN = 462  # mseal, Linux 6.10; read again what came since before raising it

# Answered with ENOSYS, so that a library which can do without falls back. Memory files and System V memory do not
# count towards a process's address space while they are not mapped, so they would be a way around the memory limit.
_ABSENT = frozenset(
    ("clone3", "memfd_create", "memfd_secret", "io_setup", "io_uring_setup", "io_uring_enter", "io_uring_register")
)

# Looked at more closely: some uses are allowed.
_SIGNALS = ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")
_INSPECTED = frozenset((*_SIGNALS, "clone", "prlimit64", "sendto", "socketpair", "ioctl"))

# CUDA's driver binds a Unix socket of its own; nothing may connect to it.
_FOR_GPU = frozenset(("socket", "bind", "listen"))

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SECCOMP_CALL = {"x86_64": 317, "aarch64": 277}
_X32_BIT = 0x40000000

_LOAD, _AND, _EQUAL, _GREATER, _ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x25, 0x45, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NR, _ARCH = 0, 4
_CLONE_THREAD = 0x10000
_AF_UNIX, _SOCK_TYPE_MASK, _SOCK_DGRAM = 1, 0xF, 2
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_SET_MODE_FILTER, _GET_ACTION_AVAILABLE, _FLAG_TSYNC = 1, 2, 1

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, constant: one step of a classic BPF program."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def numbers(machine: str) -> dict[str, int]:
    """The system calls that the filter names, with their numbers on ``"x86_64"`` or ``"aarch64"``."""
    column = 1 if machine == "x86_64" else 2
    words = _NUMBERS.split()
    rows = [words[start : start + 3] for start in range(0, len(words), 3)]
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}


def available() -> bool:
    """Whether this machine has seccomp filters and is one whose system calls are known here."""
    if sys.platform != "linux" or platform.machine() not in _ARCHITECTURES:
        return False
    action = ctypes.c_uint32(_ERRNO)
    return _seccomp(_GET_ACTION_AVAILABLE, 0, ctypes.byref(action)) == 0


def install(*, gpu: bool = False) -> None:
    """Put the filter on every thread of this process, for good.

    Parameters
    ----------
    gpu : bool
        Leave what CUDA's driver needs for its start.

    Raises
    ------
    OSError
        If the system refuses it; nothing is filtered then.
    """
    body = assemble(platform.machine(), os.getpid(), leads_group=os.getpgid(0) == os.getpid(), gpu=gpu)
    buffer = ctypes.create_string_buffer(body, len(body))
    program = _Program(len(body) // 8, ctypes.addressof(buffer))
    result = _seccomp(_SET_MODE_FILTER, _FLAG_TSYNC, ctypes.byref(program))
    if result:
        code = ctypes.get_errno() if result < 0 else errno.EBUSY  # above 0: the thread that could not follow
        raise OSError(code, f"seccomp: {os.strerror(code)}")


def assemble(machine: str, pid: int, *, leads_group: bool, gpu: bool = False) -> bytes:
    """The filter for the process `pid` as the system wants it: eight bytes an instruction.

    Parameters
    ----------
    machine : {"x86_64", "aarch64"}
        Whose system call numbers to use. Calls by another convention (32-bit, x32) end the process.
    pid : int
        The only process that may be sent signals.
    leads_group : bool
        Whether `pid` is also the number of its process group, which may then be signalled as well.
    gpu : bool
        Whether Unix sockets may be made and bound.
    """
    names = numbers(machine)
    steps: list[Instruction] = [(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, _ARCHITECTURES[machine]), (_RETURN, 0, 0, _KILL)]
    steps += [(_LOAD, 0, 0, _NR), (_ANY_BIT, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL)]
    steps += [(_GREATER, 0, 1, LAST_KNOWN), _refuse(errno.ENOSYS)]
    for name, number in names.items():
        if name in _INSPECTED or (gpu and name in _FOR_GPU):
            block = _inspect(name, pid, leads_group)
        else:
            block = [_refuse(errno.ENOSYS if name in _ABSENT else errno.EPERM)]
        steps += [(_EQUAL, 0, len(block), number), *block]
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _inspect(name: str, pid: int, leads_group: bool) -> list[Instruction]:
    """The steps for a call of which some uses pass; each block ends in a verdict."""
    allow, refuse = (_RETURN, 0, 0, _ALLOW), _refuse(errno.EPERM)
    if name == "clone":  # a thread, but no process
        return [_argument(0), (_ANY_BIT, 0, 1, _CLONE_THREAD), allow, refuse]
    if name == "kill" and leads_group:
        return [_argument(0), (_EQUAL, 1, 0, pid), (_EQUAL, 0, 1, -pid & 0xFFFFFFFF), allow, refuse]
    if name in _SIGNALS:
        return [_argument(0), (_EQUAL, 0, 1, pid), allow, refuse]
    if name in ("bind", "listen"):
        return [allow]
    if name in ("socket", "socketpair"):  # not datagrams: those can be sent to any address
        family = [_argument(0), (_EQUAL, 1, 0, _AF_UNIX), refuse]
        return [*family, _argument(1), (_AND, 0, 0, _SOCK_TYPE_MASK), (_EQUAL, 0, 1, _SOCK_DGRAM), refuse, allow]
    if name == "ioctl":  # typing into the terminal of whoever started us
        return [_argument(1), (_EQUAL, 1, 0, _TIOCSTI), (_EQUAL, 0, 1, _TIOCLINUX), refuse, allow]
    # prlimit64 with new limits, sendto with an address: the pointer in this argument is not null
    index = {"prlimit64": 2, "sendto": 4}[name]
    return [_argument(index), (_EQUAL, 0, 2, 0), _argument(index, high=True), (_EQUAL, 1, 0, 0), refuse, allow]


def _argument(index: int, *, high: bool = False) -> Instruction:
    """Load the lower (or upper) half of an argument; both machines are little-endian."""
    return (_LOAD, 0, 0, 16 + 8 * index + (4 if high else 0))


def _refuse(code: int) -> Instruction:
    return (_RETURN, 0, 0, _ERRNO | code)


def _seccomp(operation: int, flags: int, argument: object) -> int:
    """The system call itself: 0, or -1 with the reason in ctypes' errno."""
    libc = ctypes.CDLL(None, use_errno=True)
    call = ctypes.c_long(_SECCOMP_CALL[platform.machine()])
    return int(libc.syscall(call, ctypes.c_uint(operation), ctypes.c_uint(flags), argument))

"""Which layers of confinement this machine has, what is lost without each, and how to get it."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from autograder.errors import SandboxUnavailable, UsageError
from autograder.kernel import landlock, seccomp

MODES = ("full", "partial", "off")
"""What ``--sandbox`` may be: every layer or nothing is graded; go on with what is there; only resource limits."""
OLDEST_BUBBLEWRAP = (0, 7)  # the first whose tmpfs can be given a size
_TRIAL_SECONDS = 20


class Strength(Enum):
    """How much of the confinement a machine has."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


@dataclass(frozen=True)
class Layer:
    """One layer of the confinement.

    Attributes
    ----------
    name : str
        ``"bubblewrap"``, ``"landlock"``, ``"seccomp"`` or ``"rlimits"``.
    holds : bool
        Whether it works here: it was tried, not looked up.
    detail : str
        Its version, or why it does not work.
    protects : str
        What is lost without it, in words for people.
    remedy : str
        How to get it where it is missing.
    """

    name: str
    holds: bool
    detail: str
    protects: str
    remedy: str = ""


@dataclass(frozen=True)
class Report:
    """What this machine has.

    Attributes
    ----------
    layers : tuple of Layer
        All of them, the outermost first.
    bubblewrap : str
        Path of the program, where it works.
    own_users : bool
        Whether bubblewrap needs a user namespace here; as root it does without, so that each kernel can be another
        user.
    """

    layers: tuple[Layer, ...]
    bubblewrap: str = ""
    own_users: bool = True

    @property
    def missing(self) -> tuple[Layer, ...]:
        return tuple(layer for layer in self.layers if not layer.holds)

    @property
    def strength(self) -> Strength:
        if not self.missing:
            return Strength.FULL
        confining = [layer for layer in self.layers if layer.holds and layer.name != "rlimits"]
        return Strength.PARTIAL if confining else Strength.NONE

    def holds(self, name: str) -> bool:
        """Whether the layer called `name` works here."""
        return any(layer.holds for layer in self.layers if layer.name == name)

    def describe(self) -> str:
        """A line for each layer, and below those that are missing what is lost and what to do."""
        lines = []
        for layer in self.layers:
            lines.append(f"{layer.name:<11}{'yes' if layer.holds else 'no '}  {layer.detail}")
            if not layer.holds:
                lines += [f"{'':<16}without it: {layer.protects}", f"{'':<16}to get it:  {layer.remedy}"]
        return "\n".join(lines)


_LOST = {
    "bubblewrap": "student code runs in the machine's own network and among its processes, kept from them by the "
    "system call filter alone; it sees which files exist, though not what is in them, and can fill the disk",
    "landlock": "student code can store files beside its sockets, and no second barrier is behind the namespaces",
    "seccomp": "student code can start processes and programs and use every system call",
    "rlimits": "memory, processor time and open files of student code are not limited",
}
_LOST_LANDLOCK_ALONE = "student code can read and write every file that the grader's user can"


@functools.cache
def inspect() -> Report:
    """Try each layer once on this machine; the answer is kept for the life of the process."""
    if sys.platform != "linux":
        return Report(tuple(_only_on_linux(name) for name in _LOST))
    program, own_users, outer = _try_bubblewrap()
    version = landlock.abi()
    lost = _LOST if outer.holds else {**_LOST, "landlock": _LOST_LANDLOCK_ALONE}
    files = Layer(
        "landlock",
        version > 0,
        f"version {version} of its interface" if version else "the kernel has none, or it is switched off",
        lost["landlock"],
        "Linux 5.13 or newer with landlock among the modules of the boot parameter lsm=",
    )
    calls = Layer(
        "seccomp",
        seccomp.available(),
        "filters work" if seccomp.available() else "no filters here, or not an x86_64 or aarch64 machine",
        lost["seccomp"],
        "a Linux kernel with CONFIG_SECCOMP_FILTER, on x86_64 or aarch64",
    )
    return Report((outer, files, calls, Layer("rlimits", True, "resource limits", lost["rlimits"])), program, own_users)


def require(mode: str, report: Report | None = None) -> list[str]:
    """Decide whether grading may go on.

    Parameters
    ----------
    mode : {"full", "partial", "off"}
        What was asked for.
    report : Report, optional
        What this machine has; inspected if not given.

    Returns
    -------
    list of str
        Warnings for the person who grades; empty when every layer holds.

    Raises
    ------
    autograder.errors.SandboxUnavailable
        If a layer is missing and `mode` does not allow going on without it. The message names what is lost.
    autograder.errors.UsageError
        If `mode` is not one of `MODES`.
    """
    if mode not in MODES:
        raise UsageError(f"--sandbox is one of {', '.join(MODES)}; got {mode!r}")
    report = report or inspect()
    if mode == "off":
        return ["Sandbox off: student code has all rights of the user who grades. Grade only code that you trust."]
    if not report.missing:
        return []
    gone = [f"{layer.name}: {layer.detail}. Without it {layer.protects}." for layer in report.missing]
    if mode == "partial" and report.strength is Strength.PARTIAL:
        return [f"Sandbox not complete. {line}" for line in gone]
    steps = [f"To get {layer.name}: {layer.remedy}." for layer in report.missing]
    choice = "Or go on without: --sandbox partial (the other layers hold) or --sandbox off (none do)."
    if report.strength is Strength.NONE:
        choice = "Or go on with no protection at all: --sandbox off."
    raise SandboxUnavailable("\n".join(["Student code cannot be confined on this machine.", *gone, *steps, choice]))


def namespaces(own_users: bool) -> list[str]:
    """The arguments of bubblewrap that separate a kernel from the rest of the machine, without its files.

    As root without a user namespace three capabilities stay, with which the kernel becomes a user of its own and then
    gives up all of them.
    """
    arguments = ["--unshare-user", "--uid", "1000", "--gid", "1000"] if own_users else []
    arguments += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    arguments += ["--die-with-parent", "--new-session", "--hostname", "notebook", "--cap-drop", "ALL"]
    if not own_users:
        for name in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):
            arguments += ["--cap-add", name]
    return arguments


def _try_bubblewrap() -> tuple[str, bool, Layer]:
    """Run ``true`` in it, as it will be used; as root first without a user namespace."""
    program = shutil.which("bwrap")
    if program is None:
        return "", True, _no_bubblewrap("it is not installed", _INSTALL)
    version = _version(program)
    if version < OLDEST_BUBBLEWRAP:
        found = ".".join(map(str, version)) or "of an unknown version"
        return "", True, _no_bubblewrap(f"{program} is {found}; 0.7 or newer is needed", _INSTALL)
    reason = ""
    for own_users in (False, True) if os.geteuid() == 0 else (True,):
        reason = _trial(program, own_users)
        if not reason:
            detail = f"{'.'.join(map(str, version))} at {program}, {'as an ordinary user' if own_users else 'as root'}"
            return program, own_users, Layer("bubblewrap", True, detail, _LOST["bubblewrap"])
    return "", True, _no_bubblewrap(f"it does not work here ({reason})", _namespace_remedy())


_INSTALL = "apt-get install bubblewrap (Debian, Ubuntu) or dnf install bubblewrap (Fedora, RHEL)"


def _no_bubblewrap(detail: str, remedy: str) -> Layer:
    return Layer("bubblewrap", False, detail, _LOST["bubblewrap"], remedy)


def _only_on_linux(name: str) -> Layer:
    detail = f"{name} is used on Linux only; this is {sys.platform}"
    return Layer(name, name == "rlimits", detail, _LOST[name], "grade on Linux, or in a Linux virtual machine")


def _version(program: str) -> tuple[int, ...]:
    try:
        shown = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=_TRIAL_SECONDS).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", shown)
    return tuple(int(part) for part in found.groups() if part) if found else ()


def _trial(program: str, own_users: bool) -> str:
    """Why bubblewrap fails, in its own words; empty if it works."""
    folder = ["--ro-bind", "/", "/", "--proc", "/proc", "--size", "65536", "--tmpfs", "/tmp"]
    try:
        done = subprocess.run(
            [program, *namespaces(own_users), *folder, "--", "true"],
            capture_output=True,
            text=True,
            timeout=_TRIAL_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    return done.stderr.strip().removeprefix("bwrap: ")[:200] or f"exit status {done.returncode}"


def _namespace_remedy() -> str:
    """What most likely keeps bubblewrap from making namespaces."""
    if _setting("/proc/sys/kernel/unprivileged_userns_clone") == "0":
        return "sysctl -w kernel.unprivileged_userns_clone=1 (as root)"
    if _setting("/proc/sys/user/max_user_namespaces") == "0":
        return "sysctl -w user.max_user_namespaces=15000 (as root)"
    if _setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
        return "an AppArmor profile that lets bwrap use `userns`, or, as root, sysctl -w " + (
            "kernel.apparmor_restrict_unprivileged_userns=0"
        )
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        return "start the container so that it may make namespaces (docker run --privileged), or grade outside of it"
    return "allow unprivileged user namespaces on this machine, or grade as root"


def _setting(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""

"""Runs `attempts.py` in a confined process and prints what came of each; also as another user, hence a program.

    python confined_run.py SITUATION NAMES

SITUATION is ``full``, ``no_bubblewrap`` (all other layers) or ``only_bubblewrap`` (nothing from within).
"""

from __future__ import annotations

import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from autograder import sandbox
from autograder.kernel import confine, seccomp

MIB = 2**20
LIMITS = confine.Limits(
    memory_bytes=160 * MIB, disk_bytes=12 * MIB, file_bytes=4 * MIB, cpu_seconds=60, open_files=48, processes=24
)
MARKER = f"course-secret-{os.getpid()}"
CONFINE = """
from autograder.kernel import confine
limits = confine.Limits.from_environment()
confine.before_kernel(limits)
confine.after_kernel(limits)
"""
# Some calls do something, or wait for something, even with zeros for arguments where nothing filters them.
NOT_WITH_ZEROS = {"kill", "ioctl", "prlimit64", "sendto", "vfork", "fork", "clone", "vhangup", "tgkill", "tkill"}


def report_for(situation: str) -> sandbox.Report:
    """This machine's report, without bubblewrap where the situation is about that."""
    report = sandbox.inspect()
    if situation != "no_bubblewrap":
        return report
    layers = tuple(replace(layer, holds=layer.holds and layer.name != "bubblewrap") for layer in report.layers)
    return replace(report, bubblewrap="", layers=layers)


def prepare(outside: Path) -> tuple[list[socket.socket], int]:
    """What the grader has that is worth having: files, listening sockets, an open file; returns what to keep open."""
    for name in ("secret.txt", "submission.ipynb", "gradebook.db"):
        (outside / name).write_text(MARKER)
        (outside / name).chmod(0o666)
    outside.chmod(0o777)
    tcp = socket.create_server(("127.0.0.1", 0))
    path, abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    path.bind(str(outside / "socket"))
    abstract.bind("\0" + MARKER)
    for listener in (path, abstract):
        listener.listen()
    datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    datagrams.bind(str(outside / "datagrams"))
    inherited = os.open(outside / "secret.txt", os.O_RDONLY)
    os.set_inheritable(inherited, True)
    return [tcp, path, abstract, datagrams], inherited


def main(situation: str, attempts: list[str]) -> None:
    os.environ["COURSE_SECRET"] = MARKER
    numbers = seccomp.numbers(platform.machine())
    called = {name: number for name, number in numbers.items() if name not in NOT_WITH_ZEROS}
    with (
        tempfile.TemporaryDirectory(prefix="course-outside-", dir="/var/tmp") as outside,
        tempfile.TemporaryDirectory(prefix="course-", dir=sandbox.connections_parent()) as connections,
    ):
        kept, inherited = prepare(Path(outside))
        Path(connections, "connection.json").write_text("{}")
        given = {
            "repository": str(Path(__file__).resolve().parents[2]),
            "outside": outside,
            "connections": connections,
            "home": str(Path("~").expanduser()),
            "grader": os.getpid(),
            "marker": MARKER,
            "port": kept[0].getsockname()[1],
            "inherited": os.fstat(inherited).st_ino,
            "block_device": next((str(path) for path in Path("/dev").glob("[sv]d[a-z]")), "/dev/sda"),
            "numbers": numbers,
            "call": {} if situation == "only_bubblewrap" else called,
            "memory": LIMITS.memory_bytes,
            "code_room": confine.CODE_ROOM,
            "disk": LIMITS.disk_bytes,
            "file": LIMITS.file_bytes,
            "files": LIMITS.open_files,
            "threads": LIMITS.processes,
            "boxed": situation != "no_bubblewrap",
            "attempts": attempts,
        }
        code = ("" if situation == "only_bubblewrap" else CONFINE) + Path(__file__).with_name("attempts.py").read_text()
        policy = sandbox.Policy("partial" if situation == "no_bubblewrap" else "full", LIMITS)
        argv = [sys.executable, "-c", code, json.dumps(given)]
        launch = sandbox.command(policy, argv, Path(connections), report_for(situation))
        process = sandbox.start(launch, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            output, errors = process.communicate(timeout=60)
        finally:
            sandbox.kill(process)
            launch.clean()
        if process.returncode != 0:
            raise SystemExit(f"exit status {process.returncode}: {errors.decode()[-2000:]}")
        found = json.loads(output)
        found["left"] = sorted(path.name for folder in (outside, connections) for path in Path(folder).iterdir())
        print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2].split(","))

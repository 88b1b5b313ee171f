"""Reads the memory, the environment and the open files of the processes above it."""
# kind: cell
import os
from pathlib import Path

try:
    others = {int(name) for name in os.listdir("/proc") if name.isdigit()}
except OSError:
    others = set(range(1, 100))
for pid in {1, os.getppid(), *others} - {os.getpid()}:
    for name in ("mem", "environ", "maps", "fd", "cwd/gradebook.db", "root/etc/passwd"):
        path = Path(f"/proc/{pid}/{name}")
        try:
            found = os.listdir(path) if name == "fd" else path.open("rb").read(1)
        except (OSError, ValueError):
            continue
        if found:
            got_it(f"{path}: {found!r}")

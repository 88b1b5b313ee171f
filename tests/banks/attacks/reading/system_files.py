"""Reads files that say who and what is on the machine."""
# kind: cell
from pathlib import Path

for path in ("/etc/passwd", "/etc/shadow", "/etc/hosts", "/etc/machine-id", "/proc/kcore", "/proc/keys", "/dev/mem",
             "/proc/sys/kernel/core_pattern_", "/var/log/syslog", "/etc/hostname", "/root/.bashrc"):  # fmt: skip
    try:
        with Path(path).open("rb") as file:
            found = file.read(40)
    except OSError:
        continue
    if found:
        got_it(f"{path}: {found!r}")

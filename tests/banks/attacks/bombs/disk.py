"""Fills the disk, in one file and in many."""
# kind: cell
import os
import tempfile

size, paths = 0, []
try:
    for at in range(60):
        paths.append(os.path.join(tempfile.gettempdir() if at % 2 else os.getcwd(), f"{MARK}-{at}"))
        with open(paths[-1], "wb") as file:
            for _ in range(10):
                size += file.write(bytes(2**20))
except OSError:
    pass
for path in paths:
    if os.path.exists(path):
        os.unlink(path)
if size > 500 * 2**20:
    got_it(f"{size / 2**20:.0f} MiB of disk")

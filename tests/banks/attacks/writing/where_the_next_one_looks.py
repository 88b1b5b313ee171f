"""Leaves files where the next student's kernel, or the grader itself, would find them."""
# kind: cell
import os
import sys
from pathlib import Path

places = [HOME, f"{HOME}/.ipython/profile_default/startup", "/tmp", "/var/tmp", "/dev/shm", "/run", REPO, COURSE, *sys.path]
for place in places:
    try:
        os.makedirs(place, exist_ok=True)
        Path(place, f"{MARK}.py").write_text("raise SystemExit")
        if not os.path.realpath(place).startswith(os.path.realpath(os.getcwd())):
            got_it(place)
    except OSError:
        pass

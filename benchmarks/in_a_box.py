"""Runs a command under limits and prints, as JSON, how it ended and which processes with a mark it left behind.

    python in_a_box.py MARK COMMAND...

For `attacks.py`, which starts it in a process namespace of its own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "autograder"))

from attack_watch import processes_with

GIB = 2**30


def main(mark: str, *command: str) -> None:
    """Run it."""
    for name, value in ((resource.RLIMIT_AS, 12 * GIB), (resource.RLIMIT_FSIZE, 2 * GIB)):
        resource.setrlimit(name, (value, value))
    done = subprocess.run(command, capture_output=True, check=False)
    own = (Path(__file__).name, "bwrap ")
    left = [line for line in processes_with(mark, patience=1) if not any(word in line for word in own)]
    print(json.dumps({"rc": done.returncode, "left": left, "said": done.stderr.decode(errors="replace")[-500:]}))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What Google Colab lacks of a homework's requirements; called by the first cell of each notebook there."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements.txt"


def missing(requirements: str) -> list[str]:
    """Names of the packages that ``requirements.txt`` lists and this Python has in no version at all.

    Colab's own versions stay: its torch fits its GPUs, and to replace it takes minutes.

    >>> missing("numpy==2.4.6 ; python_version < '3.12'")
    []
    """
    names = [match[1] for match in re.finditer(r"^([A-Za-z0-9][\w.-]*)", requirements, re.MULTILINE)]
    return [name for name in dict.fromkeys(names) if not _installed(name)]


def install_missing(requirements: Path = REQUIREMENTS) -> None:
    """Install the packages that are missing, and say which.

    Raises
    ------
    RuntimeError
        If pip could not; the text holds the end of what it said.
    """
    names = missing(requirements.read_text(encoding="utf-8"))
    if not names:
        print("everything is installed")
        return
    command = [sys.executable, "-m", "pip", "install", "--quiet", *names]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        said = (result.stderr or result.stdout).strip()[-500:]
        raise RuntimeError(f"{', '.join(names)} could not be installed; run this cell again. pip said: {said}")
    print(f"installed {', '.join(names)}")


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True

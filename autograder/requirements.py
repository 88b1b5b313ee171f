"""What a student has to install: the packages that the bundle imports, in the versions of the lock file."""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path

from autograder.errors import UsageError

LOCK = "requirements.lock"
TOOLS = ("ipykernel", "nbclient", "nbformat", "notebook")
"""What notebooks are opened, run and handed in with, whether or not anything imports it."""
_PACKAGE = {
    "PIL": "pillow",
    "IPython": "ipython",
    "yaml": "pyyaml",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
}
_NOT_INSTALLED = frozenset(("utils", "google"))
"""The bundle's own package, and what exists on Colab only."""


def read_lock(root: Path) -> dict[str, list[str]]:
    """The lines of the lock file by package; one package may have lines for several versions of Python.

    Raises
    ------
    UsageError
        If there is no lock file, in the course's folder or beside this package.
    """
    for folder in (root, Path(__file__).resolve().parents[1]):
        if (folder / LOCK).is_file():
            lines: dict[str, list[str]] = {}
            for line in (folder / LOCK).read_text(encoding="utf-8").splitlines():
                if match := re.match(r"([\w.-]+)==", line):
                    lines.setdefault(match[1].lower(), []).append(line)
            return lines
    raise UsageError(f"{root / LOCK} does not exist, and it has the versions for requirements.txt: run `make lock`")


def requirements_txt(lock: dict[str, list[str]], files: dict[str, bytes]) -> str:
    """``requirements.txt`` for modules and notebooks.

    Parameters
    ----------
    lock : dict
        From `read_lock`.
    files : dict
        ``.py`` and ``.ipynb`` files by name.

    Raises
    ------
    UsageError
        If a file imports a package that is not locked.
    """
    needed = dict.fromkeys(TOOLS, "the tools")
    for name, data in files.items():
        for module in imported(name, data.decode("utf-8")) - sys.stdlib_module_names - _NOT_INSTALLED:
            needed.setdefault(_PACKAGE.get(module, module).lower().replace("_", "-"), name)
    for package, wanted_by in needed.items():
        if package not in lock:
            raise UsageError(
                f"{wanted_by} imports {package}, which {LOCK} does not have: add it to pyproject.toml, run `make lock`"
            )
    return "\n".join(line for package in sorted(needed) for line in lock[package]) + "\n"


def environment_yml(name: str, requirements: str) -> str:
    """``environment.yml`` with the same packages, for those who use conda."""
    lines = "".join(f'      - "{line}"\n' for line in requirements.splitlines())
    return f"name: {name}\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.11\n  - pip\n  - pip:\n{lines}"


def imported(name: str, text: str) -> set[str]:
    """Top-level names of all modules that a file imports, anywhere in it."""
    if name.endswith(".ipynb"):
        sources = ("".join(c["source"]) for c in json.loads(text)["cells"] if c["cell_type"] == "code")
        # Lines for the shell or for IPython are not Python.
        text = "\n".join(re.sub(r"(?m)^\s*[!%].*$", "", source) for source in sources)
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found

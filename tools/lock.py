"""Writes the lock files and environment.yml from pyproject.toml; run by ``make lock``.

`requirements.lock` holds everything in exact versions but for the CUDA packages, which torch's own metadata asks for
where they are wanted; their versions stand in `constraints-cuda.lock`, which pins them without asking for them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# A pair that belongs together: torchvision is built against exactly one version of torch.
TORCH = ("torch==2.12.1", "torchvision==0.27.1")
_CUDA = re.compile(r"(nvidia|cuda|triton)[\w-]*==")


def resolve() -> list[str]:
    """All packages with exact versions, for every platform, as `uv` resolves them."""
    command = [
        "-m", "uv", "pip", "compile", "pyproject.toml", "--extra", "dev", "--universal", "--python-version", "3.11",
        "--no-annotate", "--no-header", "--quiet", "--constraint", "-",
    ]  # fmt: skip
    result = subprocess.run(
        [sys.executable, *command], cwd=ROOT, input="\n".join(TORCH), text=True, capture_output=True, check=True
    )
    return result.stdout.splitlines()


def environment(lines: list[str]) -> str:
    """environment.yml: the packages that the project names itself, in the locked versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {
        re.split(r"[<>=!~\[]", entry)[0] for entry in project["dependencies"] + project["optional-dependencies"]["dev"]
    }
    pinned = [line for line in lines if re.split("==", line)[0] in named]
    head = "# For conda users; the same versions as requirements.lock, written by `make lock`.\n"
    body = [
        "name: deep-learning-homework",
        "channels:",
        "  - conda-forge",
        "dependencies:",
        "  - python=3.11",
        "  - pip",
        "  - pip:",
    ]
    return head + "\n".join(body + [f'      - "{line}"' for line in pinned] + ["      - -e ."]) + "\n"


def main() -> None:
    """Write the three files."""
    lines = resolve()
    plain = [line for line in lines if not _CUDA.match(line)]
    cuda = [line for line in lines if _CUDA.match(line)]
    head = "# Written by `make lock`; do not edit.\n"
    (ROOT / "requirements.lock").write_text(head + "\n".join(plain) + "\n", encoding="utf-8")
    (ROOT / "constraints-cuda.lock").write_text(head + "\n".join(cuda) + "\n", encoding="utf-8")
    (ROOT / "environment.yml").write_text(environment(lines), encoding="utf-8")


if __name__ == "__main__":
    main()

"""The record of one experiment: how it was run, on what, and what came of it, as a JSON file of numbers.

Every script in ``benchmarks/`` that takes ``--json FILE`` writes one with `Recording`. A script that writes only its
results gets the same head from `autograder.reproducing.running`.
"""

from __future__ import annotations

import json
import math
import os
import platform
import re
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autograder.errors import UsageError

DIGITS = 6
"""Significant digits of a number in a record."""
HEAD = (
    "name profile command data model seed device processor cores threads versions date load wall_seconds cpu_seconds"
).split()
_PACKAGES = ("torch", "torchvision", "numpy")
_PRIVATE = ("--json", "--pictures")
"""Options that say where something is written to; no part of the command that makes a result again."""


class Recording:
    """Measures an experiment from when it is made until it is finished, and puts a head to its results.

    Parameters
    ----------
    name : str
        The experiment's name.
    profile : str
        ``smoke``, ``full``, or empty for what has no profiles.
    command : sequence of str, optional
        The command line; that of this process if it is not given. Options that name a file to write are left out.
    """

    def __init__(self, name: str, profile: str = "", command: Sequence[str] | None = None) -> None:
        self._facts: dict[str, Any] = {
            "name": name,
            "profile": profile,
            "command": _shown(command if command is not None else sys.argv),
        }
        self._began = time.perf_counter(), _processor_seconds(), os.getloadavg()[0]

    def finish(
        self,
        results: Any,
        *,
        data: str = "",
        model: str = "",
        seed: int | None = None,
        device: str = "cpu",
        threads: int | None = None,
    ) -> dict[str, Any]:
        """Return the whole record.

        Parameters
        ----------
        results : JSON value
            What came of the experiment. Numbers are rounded to `DIGITS` significant digits.
        data, model : str, optional
            In a few words, for a reader.
        seed : int, optional
        device : str, optional
            ``cpu``, or the name of the GPU.
        threads : int, optional
            Threads of a matrix product; what ``OMP_NUM_THREADS`` says, or the number of cores, if not given.

        Returns
        -------
        dict
            `HEAD`'s names, and ``results``.
        """
        wall, processor, load = self._began
        self._facts |= {
            "data": data,
            "model": model,
            "seed": seed,
            "device": device,
            "processor": processor_model(),
            "cores": os.cpu_count(),
            "threads": threads or int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1),
            "versions": {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES},
            "date": datetime.now(UTC).date().isoformat(),
            "load": [round(load, 2), round(os.getloadavg()[0], 2)],
            "wall_seconds": time.perf_counter() - wall,
            "cpu_seconds": _processor_seconds() - processor,
        }
        return {**self._facts, "results": results}

    def write(self, path: Path, results: Any, **about: Any) -> None:
        """Finish and write the record to `path`; `about` as for `finish`."""
        path.write_text(dumps(self.finish(results, **about)), encoding="utf-8")


@dataclass(frozen=True)
class Record:
    """A record that was read, with the head as attributes where the page needs them."""

    experiment: str
    """The experiment's name in `autograder.reproducing.experiments`, which is the name of the file."""
    tree: Mapping[str, Any]

    @property
    def results(self) -> Any:
        return self.tree["results"]

    def __getitem__(self, name: str) -> Any:
        return self.tree[name]


def read(path: Path) -> Record:
    """Read a record.

    Raises
    ------
    UsageError
        If it is not JSON, or its head lacks something; the message names it.
    """
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is no record: {error}. Restore it, or delete it and run it again") from error
    lacking = [name for name in (*HEAD, "results") if not isinstance(tree, dict) or name not in tree]
    if lacking:
        raise UsageError(f"{path} lacks {', '.join(lacking)}: was it written by `course reproduce`?")
    return Record(path.stem, tree)


def is_record(tree: Any) -> bool:
    """Whether a JSON value has a head of its own."""
    return isinstance(tree, dict) and {*HEAD, "results"} <= tree.keys()


def dumps(tree: Any) -> str:
    """JSON with each name on a line of its own and each list of plain values on one, the same for the same tree."""
    text = json.dumps(_rounded(tree), indent=1, ensure_ascii=False, allow_nan=False)
    flat = re.sub(r"\[[^\[\]{}]*\]", lambda match: re.sub(r"\n\s*", " ", match[0]), text)
    return flat.replace("[ ", "[").replace(" ]", "]") + "\n"


def processor_model() -> str:
    """The processor's name, as the system gives it."""
    try:
        names = re.findall(r"(?m)^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        names = []
    return names[0].strip() if names else platform.processor() or platform.machine()


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, Mapping):
        return {str(name): _rounded(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(inner) for inner in value]
    return value


def _processor_seconds() -> float:
    """Of this process and of all children that have been waited for."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _shown(command: Sequence[str]) -> str:
    script, *arguments = command
    kept, skip = [], False
    for argument in arguments:
        if not skip and argument not in _PRIVATE and not argument.startswith(tuple(f"{name}=" for name in _PRIVATE)):
            kept.append(argument)
        skip = argument in _PRIVATE
    return " ".join(["python", f"benchmarks/{Path(script).name}", *kept])

"""Writes the zip to upload, with a receipt in it that says what it holds."""

from __future__ import annotations

import hashlib
import json
import platform
import time
import zipfile
from collections.abc import Mapping
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from utils.submit.homework import Homework, SubmitError
from utils.submit.reading import Opened
from utils.submit.running import Run

RECEIPT = "receipt.json"
FORMAT = 1
_PACKAGES = ("numpy", "torch", "torchvision", "matplotlib", "nbclient", "ipykernel")


def receipt(
    homework: Homework, student: str, opened: list[Opened], runs: Mapping[str, Run], now: datetime
) -> dict[str, Any]:
    """What was handed in when, with what, and what the visible checks said on the student's own computer.

    It is the student's own record. The grader runs everything again and believes none of it.
    """
    return {
        "format": FORMAT,
        "homework": homework.name,
        "release": homework.release,
        "student": student,
        "made": now.isoformat(timespec="seconds"),
        "due": homework.due.isoformat(),
        "notebooks": [_entry(one, runs.get(one.notebook.name)) for one in opened],
        "not_handed_in": [n.name for n in homework.notebooks if n.name not in {one.notebook.name for one in opened}],
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in _PACKAGES},
        "platform": platform.platform(),
    }


def pack(path: Path, opened: list[Opened], receipt: Mapping[str, Any]) -> str:
    """Write the zip, whole or not at all.

    Returns
    -------
    str
        Its SHA-256.

    Raises
    ------
    SubmitError
        If it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        try:
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
                for one in opened:
                    _add(archive, one.notebook.file, one.data)
                _add(archive, RECEIPT, (json.dumps(receipt, indent=1, ensure_ascii=False) + "\n").encode())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SubmitError(f"{path} cannot be written ({error.strerror}): choose another folder by --to") from None


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, time.localtime()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o100644 << 16  # to be read by whoever unpacks it
    archive.writestr(entry, data)


def _entry(one: Opened, run: Run | None) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "file": one.notebook.file,
        "bytes": len(one.data),
        "sha256": hashlib.sha256(one.data).hexdigest(),
    }
    return entry | ({"run": {"seconds": run.seconds, "checks": run.checks}} if run else {"run": None})


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None

"""What lies in a submission's folder: links put out of the way, files under other names recognised."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from nbgrader.utils import parse_utc

from autograder.errors import GraderError
from autograder.record import Record


def refuse_links(folder: Path) -> list[str]:
    """Replace every link in a submission by a small text file that says where it pointed.

    A link has no content of the student's own, so nothing is lost; followed, it could bring any file of this machine
    into the graded copy or the feedback.

    Returns
    -------
    list of str
        A note for each.
    """
    notes = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            target = path.readlink()
            path.unlink()
            path.with_name(f"{path.name}.link.txt").write_text(
                f"was a link to {target}\n", encoding="utf-8", errors="replace"
            )
            notes.append(f"{path.relative_to(folder)} was a link and was not followed")
    return notes


def check_timestamp(folder: Path) -> None:
    """Raise `GraderError` if the submission's time stamp cannot be read; nbgrader would stop the whole run."""
    path = folder / "timestamp.txt"
    if not path.exists():
        return
    try:
        text = path.read_text(encoding="utf-8").strip()
        if text:
            parse_utc(text)
    except (ValueError, OverflowError, OSError) as error:
        raise GraderError(
            f"{path} does not hold a time: write one like 2027-02-26 23:59:00 EST, or delete it"
        ) from error


def find_renamed(folder: Path, record: Record) -> str | None:
    """The name of a file that holds the cells of a missing notebook, if there is one."""
    wanted = {cell.grade_id for cell in record.cells if cell.solution}
    for path in sorted(folder.glob("*")):
        if path.name == f"{record.notebook}.ipynb" or path.is_symlink() or not path.is_file():
            continue
        if path.stat().st_size > 50 * 2**20 or ".ipynb" not in path.name:
            continue
        with contextlib.suppress(ValueError, RecursionError, OSError):
            text = path.read_text(encoding="utf-8", errors="replace")
            json.loads(text)
            if all(f'"{grade_id}"' in text for grade_id in wanted):
                return path.name
    return None

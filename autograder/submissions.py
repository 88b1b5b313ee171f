"""What lies in a submission's folder: links put out of the way, files under other names recognised."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from autograder.errors import GraderError
from autograder.record import Record

IGNORED = (
    *(".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback"),  # as nbgrader has it
    # Pages of a student's own, which would lie among the feedback pages with all that they contain.
    *("*.html", "*.htm", "*.xhtml", "*.xht", "*.mht", "*.shtml"),
    # What a notebook writes when it runs, in source/ too: there it is the solutions' and must not get into the release.
    "predictions_q*.txt",
)
"""Files and folders that nothing copies."""
MAX_FILES, MAX_MIB = 1000, 500
"""What a submission may hold beside its notebooks."""


def refuse_links(folder: Path) -> list[str]:
    """Replace every link in a submission by a small text file that says where it pointed, and remove pipes and sockets.

    A link has no content of the student's own, so nothing is lost; followed, it could bring any file of this machine
    into the graded copy or the feedback. Whoever opens a pipe waits for its other end.

    Returns
    -------
    list of str
        A note for each.

    Raises
    ------
    GraderError
        If the folder itself is a link, to what may be another student's work, or holds more than can be copied.
    """
    if folder.is_symlink():
        raise GraderError(f"{folder} is a link; replace it by the folder that was handed in")
    _check_amount(folder)
    notes = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            target = path.readlink()
            path.unlink()
            # A new file only: under this name there may be another link, to be written through.
            with (
                contextlib.suppress(OSError),
                path.with_name(f"{path.name}.link.txt").open("x", encoding="utf-8", errors="replace") as note,
            ):
                note.write(f"was a link to {target}\n")
            notes.append(f"{path.relative_to(folder)} was a link and was not followed")
        elif not path.is_file() and not path.is_dir():
            path.unlink()
            notes.append(f"{path.relative_to(folder)} was no plain file and was left out")
    return notes


def _check_amount(folder: Path) -> None:
    """Raise `GraderError` if there is more than nbgrader can copy: it takes the square of the number of files."""
    size = 0
    for count, path in enumerate(folder.rglob("*"), start=1):
        size += 0 if path.suffix == ".ipynb" else path.lstat().st_size
        if count > MAX_FILES or size > MAX_MIB * 2**20:
            raise GraderError(
                f"{folder} holds more than {MAX_FILES} files or {MAX_MIB} MiB beside its notebooks: delete what nobody"
                " needs"
            )


def check_timestamp(folder: Path) -> None:
    """Raise `GraderError` if the submission's time stamp cannot be read; nbgrader would stop the whole run."""
    from nbgrader.utils import parse_utc  # nbgrader takes a second to import

    path = folder / "timestamp.txt"
    if not path.exists():
        return
    try:
        if not path.is_file() or path.stat().st_size > 1000:
            raise ValueError("not a plain file of one line")
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

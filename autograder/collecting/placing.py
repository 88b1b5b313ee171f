"""Puts what was chosen below ``submitted/``: all of it is made ready beside, then each submission moves in at once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.collecting.choosing import TIMESTAMP, Chosen
from autograder.collecting.report import State
from autograder.course import Course
from autograder.errors import CourseError
from autograder.late import read_timestamp

REPLACED = "replaced"


@dataclass(frozen=True)
class Stamp:
    """When a submission was handed in.

    Attributes
    ----------
    time : datetime
        The time to write.
    how : str
        How it is known, for people.
    known : bool
        Whether it is a time that somebody measured, not one that stands for it.
    """

    time: datetime
    how: str
    known: bool = True


def compare(folder: Path, names: tuple[str, ...], chosen: Chosen, stamp: Stamp) -> State:
    """What is to become of a submission, seeing what is there already; what a newer one lacks is put into `chosen`."""
    if not chosen.notebooks:
        return State.NOTHING
    if not folder.is_dir() or folder.is_symlink():
        return State.NEW
    there = {name: data for name in names if (data := _content(folder / f"{name}.ipynb")) is not None}
    time = read_timestamp(folder)
    same = there == chosen.notebooks and all(
        _content(folder.joinpath(*path)) == data for path, data in chosen.others.items()
    )
    if same and (not stamp.known or time == stamp.time.replace(microsecond=0)):
        return State.UNCHANGED
    if stamp.known and time and time > stamp.time:
        return State.OLDER
    for name in sorted(there.keys() - chosen.notebooks.keys()):
        chosen.notebooks[name] = there[name]
        chosen.notes.append(f"{name}: kept from what was handed in before")
    return State.REPLACED


def _content(path: Path) -> bytes | None:
    try:
        return None if path.is_symlink() else path.read_bytes()
    except OSError:
        return None


def stage(folder: Path, chosen: Chosen, stamp: Stamp) -> None:
    """Write a submission into a new folder."""
    folder.mkdir(parents=True)
    for name, data in chosen.notebooks.items():
        (folder / f"{name}.ipynb").write_bytes(data)
    for path, data in chosen.others.items():
        target = folder.joinpath(*path)
        # A zip may list `a` and `a/b`; the first of the two stays.
        with suppress(FileExistsError, NotADirectoryError, IsADirectoryError):
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                file.write(data)
    text = stamp.time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S %z")
    (folder / TIMESTAMP).write_text(f"{text}\n", encoding="utf-8")


def place(course: Course, staged: Path, student: str, homework: str) -> None:
    """Move a staged submission to its place; what was there moves to ``replaced/`` and nothing is deleted.

    Raises
    ------
    CourseError
        If it cannot be moved; what was there is there again then.
    """
    target = course.submitted(student, homework)
    backup = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() or target.is_symlink():
            backup = _free(course.root / REPLACED / homework / student)
            backup.parent.mkdir(parents=True, exist_ok=True)
            target.rename(backup)
        staged.rename(target)
    except OSError as error:
        if backup is not None and backup.exists() and not target.exists():
            backup.rename(target)
        with suppress(OSError):
            target.parent.rmdir()
        raise CourseError(f"cannot write {target}: {error.strerror}") from error


def _free(folder: Path) -> Path:
    """A name beside those of earlier times."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    names = (folder / (stamp if turn == 0 else f"{stamp}-{turn}") for turn in range(10_000))
    return next(path for path in names if not path.exists())

"""Which files of what a student handed in count, by rules that the report repeats.

- A file is the notebook whose cells it holds; its name decides where it holds none.
- Of several versions of a notebook the newest counts: by the time of the delivery, then the platform's running number
  of the file, the number in its name, the time of the file, and a loose file before one in a zip.
- What counts is taken notebook by notebook: one that a newer delivery lacks is taken from the one before.
- Pictures, PDFs and texts beside the notebooks are kept for whoever marks the derivations. Nothing else is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from autograder.collecting.layouts import Delivery, Piece
from autograder.collecting.naming import Notebooks
from autograder.collecting.source import Refusal, unpacked
from autograder.errors import SubmissionRefused

KEPT = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf", ".txt", ".md", ".csv", ".py", ".json"}
"""Endings of the files that are kept beside notebooks."""
KEPT_MIB = 50
"""How much of these one student's submission may hold together."""
TIMESTAMP = "timestamp.txt"
RECEIPT = "receipt.json"
_SHA256 = re.compile(rb"\b[0-9a-f]{64}\b")
_ODD = re.compile(r"^\.|\.ipynb", re.IGNORECASE)
_NEVER = datetime.min.replace(tzinfo=UTC)
Key = tuple[datetime, int, int, datetime, bool]


@dataclass(frozen=True)
class Version:
    """One version of a notebook."""

    key: Key
    """Orders versions; the newest is the largest."""
    data: bytes = field(repr=False)
    label: str
    """What it is called where it came from."""


@dataclass
class Chosen:
    """What counts of one student's deliveries.

    Attributes
    ----------
    notebooks : dict
        Contents by the notebooks' names.
    others : dict
        Other files that are kept, by their paths beside the notebooks.
    timestamp : datetime or None
        From a ``timestamp.txt`` in a plain folder.
    files_from : datetime or None
        The latest time among the files that count, as the disk or the platform's zip has it.
    notes : list of str
        What was decided, for the report.
    refused : list of Refusal
        What could not be taken.
    """

    notebooks: dict[str, bytes] = field(default_factory=dict)
    others: dict[tuple[str, ...], bytes] = field(default_factory=dict)
    timestamp: bytes | None = None
    files_from: datetime | None = None
    notes: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def choose(deliveries: Iterable[Delivery], homework: Notebooks, most: int, zone: tzinfo | None) -> Chosen:
    """Go through one student's deliveries, the oldest first.

    Parameters
    ----------
    deliveries : iterable of Delivery
        All of this student's.
    homework : Notebooks
        What is expected.
    most : int
        The largest notebook that is taken, in bytes.
    zone : tzinfo
        The zone of times in zips.
    """
    chosen = Chosen()
    versions: dict[str, list[Version]] = {}
    for delivery in sorted(deliveries, key=lambda delivery: delivery.time or _NEVER):
        with ExitStack() as open_zips:
            pieces = _opened(delivery, zone, open_zips, chosen)
            _sort_in(delivery, pieces, homework, most, versions, chosen)
    for name, found in sorted(versions.items()):
        newest = max(found, key=lambda version: version.key)
        chosen.notebooks[name] = newest.data
        passed_over = sorted({version.label for version in found if version.data != newest.data})
        if passed_over:
            chosen.notes.append(f"{name}: {newest.label} is the newest; not {', '.join(passed_over)}")
    _check_receipt(chosen)
    return chosen


def _opened(delivery: Delivery, zone: tzinfo | None, open_zips: ExitStack, chosen: Chosen) -> list[Piece]:
    """The files of a delivery with those in the student's zips in the zips' places."""
    pieces = []
    for piece in delivery.pieces:
        if not piece.found.name.lower().endswith(".zip"):
            pieces.append(piece)
            continue
        try:
            files, refused = open_zips.enter_context(unpacked(piece.found, zone))
        except SubmissionRefused as error:
            chosen.refused.append(Refusal(piece.found.path, str(error)))
            continue
        chosen.refused += refused
        depth = len(piece.found.parts)
        pieces += [Piece(file, file.parts[depth:], piece.turn) for file in files]
        moments = [moment for moment in (chosen.files_from, piece.found.modified) if moment]
        chosen.files_from = max(moments, default=None)
    return pieces


def _sort_in(
    delivery: Delivery,
    pieces: list[Piece],
    homework: Notebooks,
    most: int,
    versions: dict[str, list[Version]],
    chosen: Chosen,
) -> None:
    """Put every file where it belongs: a version of a notebook, a file to keep, or refused."""
    base: tuple[str, ...] | None = None
    rest: list[Piece] = []
    for piece in pieces:
        named = homework.by_name(piece.path[-1])
        if named is None and ".ipynb" not in piece.path[-1].lower():
            rest.append(piece)
            continue
        try:
            data = piece.found.read(most)
        except SubmissionRefused as error:
            chosen.refused.append(Refusal(piece.found.path, str(error)))
            continue
        held = homework.by_content(data)
        name = held or (named.notebook if named else None)
        if name is None:
            chosen.refused.append(Refusal(piece.found.path, "is none of the homework's notebooks"))
            continue
        if named is None or named.notebook != name:
            chosen.notes.append(f"{name}: taken from {piece.path[-1]}, which holds its cells")
        right = named is not None and named.notebook == name
        versions.setdefault(name, []).append(_version(delivery, piece, named.version if named and right else 0, data))
        base = piece.path[:-1] if base is None else base
        if not piece.found.packed and piece.found.modified:
            chosen.files_from = max(chosen.files_from or _NEVER, piece.found.modified)
    _keep(rest, base or (), chosen)


def _version(delivery: Delivery, piece: Piece, number: int, data: bytes) -> Version:
    modified = piece.found.modified or _NEVER
    key = (delivery.time or _NEVER, piece.turn, number, modified, not piece.found.packed)
    return Version(key, data, "/".join(piece.path))


def _keep(rest: list[Piece], base: tuple[str, ...], chosen: Chosen) -> None:
    """Keep pictures and texts, beside the notebooks where they lay beside them; count what is left out."""
    room = KEPT_MIB * 2**20 - sum(map(len, chosen.others.values()))
    left_out = []
    for piece in rest:
        if piece.path == (TIMESTAMP,) and not piece.found.packed:
            chosen.timestamp = piece.found.read(1000) if piece.found.size <= 1000 else None
            continue
        path = piece.path[len(base) :] if piece.path[: len(base)] == base else piece.path
        ending = path[-1][path[-1].rfind(".") :].lower() if "." in path[-1] else ""
        try:
            if ending not in KEPT or path[-1] == TIMESTAMP or any(map(_ODD.search, path)):
                raise SubmissionRefused("is not needed")
            data = piece.found.read(room)
        except SubmissionRefused:
            left_out.append("/".join(path))
            continue
        room -= len(data) - len(chosen.others.get(path, b""))
        chosen.others[path] = data
    if left_out:
        shown = ", ".join(left_out[:3]) + (f" and {len(left_out) - 3} more" if len(left_out) > 3 else "")
        chosen.notes.append(f"left out: {shown}")


def _check_receipt(chosen: Chosen) -> None:
    """Compare the notebooks with the hashes in the receipt that `utils.submit` put into the student's zip."""
    receipt = next((data for path, data in chosen.others.items() if path[-1] == RECEIPT), b"")
    hashes = set(_SHA256.findall(receipt))
    for name, data in chosen.notebooks.items():
        if hashes and hashlib.sha256(data).hexdigest().encode() not in hashes:
            chosen.notes.append(f"{name}: not the file that {RECEIPT} lists; it was changed after packing")

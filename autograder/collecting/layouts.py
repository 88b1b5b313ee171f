"""The forms in which learning platforms hand out submissions, each turned into the same list of deliveries.

====================  ===============================================================================================
Canvas                one folder of files ``lovelaceada_LATE_1234_5678_3_rnn-1.ipynb``: name, mark, Canvas's numbers
                      of the student and of the file, the file's own name
Gradescope            folders ``submission_123/`` and ``submission_metadata.yml``, which says whose and from when
Moodle                folders ``Ada Lovelace_4321_assignsubmission_file_/``, or such names before each file's own
plain                 ``ada/3_rnn.ipynb``, ``ada/hw2/3_rnn.ipynb`` or ``ada.zip``
====================  ===============================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import yaml

from autograder.collecting.source import Found, Refusal
from autograder.errors import SubmissionRefused, UsageError
from autograder.roster import Hints, Roster

METADATA = ("submission_metadata.yml", "submission_metadata.yaml")
_METADATA_BYTES = 200 * 2**20
_CANVAS = re.compile(r"(?P<name>.+?)(?:_(?P<late>late))?_(?P<user>\d+)_(?P<file_id>\d+)_(?P<file>.+)", re.IGNORECASE)
_CANVAS_TEXT = re.compile(r".+_\d+_text\.html", re.IGNORECASE)
_SUBMISSION = re.compile(r"submission_\d+")
_MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)_?(?P<file>.*)")


@dataclass(frozen=True)
class Piece:
    """One file of a delivery.

    Attributes
    ----------
    found : Found
        The file.
    path : tuple of str
        Its path within what the student handed in, under the name that the student gave it.
    turn : int
        The platform's running number of the file; the later, the larger. 0 where there is none.
    """

    found: Found
    path: tuple[str, ...]
    turn: int = 0


@dataclass
class Delivery:
    """What somebody, or a group, handed in at one time.

    Attributes
    ----------
    label : str
        Where it lies in the source.
    whose : list of Hints
        Of whom it is; one entry for each member of a group.
    pieces : list of Piece
        Its files.
    time : datetime or None
        When it was handed in, where the platform says so.
    late : bool or None
        Whether the platform marks it as late; None where it does not mark.
    participant : str
        Moodle's number, which its grading worksheet explains.
    """

    label: str
    whose: list[Hints]
    pieces: list[Piece] = field(default_factory=list)
    time: datetime | None = None
    late: bool | None = None
    participant: str = ""


@dataclass
class Layout:
    """A source as recognised."""

    kind: str
    deliveries: list[Delivery]
    refused: list[Refusal]


def recognise(files: list[Found], homework: str, roster: Roster | None, kind: str = "auto") -> Layout:
    """Find out which platform's form this is, and take it apart.

    Parameters
    ----------
    files : list of Found
        All files of the source.
    homework : str
        The homework's name, which may be a folder's.
    roster : Roster or None
        Who is known.
    kind : str
        ``auto``, or one of `KINDS` to insist on it.

    Raises
    ------
    UsageError
        If there is nothing in it, or not what `kind` needs.
    """
    if kind not in ("auto", *KINDS):
        raise UsageError(f"unknown form {kind!r}; choose one of auto, {', '.join(KINDS)}")
    if not files:
        raise UsageError(
            "nothing to collect: expected Canvas's, Gradescope's or Moodle's download, or a folder for each student"
        )
    return KINDS[_guess(files) if kind == "auto" else kind](files, homework, roster)


def _guess(files: list[Found]) -> str:
    if _lists(files):
        return "gradescope"
    if any(_MOODLE.fullmatch(part) for file in files for part in file.parts):
        return "moodle"
    named = [file for file in files if _CANVAS.fullmatch(file.name) or _CANVAS_TEXT.fullmatch(file.name)]
    flat = {file.parts[:-1] for file in named}
    return "canvas" if len(flat) == 1 and len(named) * 2 > len(files) else "plain"


def _canvas(files: list[Found], homework: str, roster: Roster | None) -> Layout:
    deliveries: dict[str, Delivery] = {}
    refused = []
    for file in files:
        match = _CANVAS.fullmatch(file.name)
        if not match:
            why = (
                "is a text entry, not a file"
                if _CANVAS_TEXT.fullmatch(file.name)
                else "is not named as Canvas names files"
            )
            refused.append(Refusal(file.path, why))
            continue
        user = match["user"]
        hints = Hints(name=match["name"], canvas_id=user)
        entry = deliveries.setdefault(user, Delivery(f"{match['name']}_{user}", [hints], late=False))
        entry.late = entry.late or bool(match["late"])
        entry.pieces.append(Piece(file, (match["file"],), int(match["file_id"])))
    return Layout("canvas", list(deliveries.values()), refused)


def _moodle(files: list[Found], homework: str, roster: Roster | None) -> Layout:
    deliveries: dict[str, Delivery] = {}
    refused = []
    for file in files:
        depth, match = next(
            ((i, match) for i, part in enumerate(file.parts) if (match := _MOODLE.fullmatch(part))), (0, None)
        )
        if match is None or match["kind"] != "file":
            why = "is no file that was handed in" if match is None else f"is a Moodle {match['kind']}, not a file"
            refused.append(Refusal(file.path, why))
            continue
        # In a folder the file has its own name; without one, its name follows the student's.
        path = file.parts[depth + 1 :] or (match["file"],)
        number = match["number"]
        hints = Hints(name=match["name"])
        label = f"{match['name']}_{number}"
        deliveries.setdefault(label, Delivery(label, [hints], participant=number)).pieces.append(Piece(file, path))
    return Layout("moodle", list(deliveries.values()), refused)


def _gradescope(files: list[Found], homework: str, roster: Roster | None) -> Layout:
    lists = _lists(files)
    if not lists:
        raise UsageError(f"no {METADATA[0]} here: expected Gradescope's `Export Submissions`, unpacked or as a zip")
    top = lists[0].parts[:-1]
    metadata = _metadata(lists[0])
    deliveries = {}
    for key, entry in metadata.items():
        whose = [_submitter(person) for person in _items(entry, "submitters")]
        time = _field(entry, "created_at")
        deliveries[key] = Delivery(key, whose, time=_aware(time) if isinstance(time, datetime) else None)
    refused = []
    for file in files:
        inside = file.parts[len(top) :] if file.parts[: len(top)] == top else ()
        if len(inside) >= 2 and inside[0] in deliveries:
            deliveries[inside[0]].pieces.append(Piece(file, inside[1:]))
        elif file not in lists:
            refused.append(Refusal(file.path, f"{lists[0].name} does not say whose it is"))
    return Layout("gradescope", list(deliveries.values()), refused)


def _lists(files: list[Found]) -> list[Found]:
    """Gradescope's lists, the outermost first; such a file within a submission is the student's and says nothing."""
    own = [file for file in files if file.name in METADATA and not any(map(_SUBMISSION.fullmatch, file.parts[:-1]))]
    return sorted(own, key=lambda file: len(file.parts))


class _Plain(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads Gradescope's YAML: Ruby's tags are taken for the plain lists and tables that they stand before."""


def _untagged(loader: Any, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


_Plain.add_multi_constructor("!", _untagged)


def _metadata(file: Found) -> dict[str, dict[Any, Any]]:
    try:
        tree = yaml.load(file.read(_METADATA_BYTES), Loader=_Plain)
    except (yaml.YAMLError, SubmissionRefused, UnicodeError, ValueError, RecursionError, TypeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UsageError(f"{file.path} is not Gradescope's list of submissions: {reason}") from error
    if not isinstance(tree, dict) or not all(isinstance(entry, dict) for entry in tree.values()):
        raise UsageError(f"{file.path} is not Gradescope's list of submissions: expected submission_123: ...")
    return {str(key): entry for key, entry in tree.items()}


def _field(entry: Any, name: str) -> Any:
    """A field by its name; Ruby writes names with a colon before them."""
    return entry.get(f":{name}", entry.get(name)) if isinstance(entry, dict) else None


def _items(entry: Any, name: str) -> list[Any]:
    value = _field(entry, name)
    return value if isinstance(value, list) else []


def _submitter(person: Any) -> Hints:
    texts = {key: _field(person, key) for key in ("name", "email", "sid")}
    return Hints(**{key: str(value) for key, value in texts.items() if value is not None})


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _plain(files: list[Found], homework: str, roster: Roster | None) -> Layout:
    top = _shared_folder(files, homework, roster)
    deliveries: dict[str, Delivery] = {}
    refused = []
    for file in files:
        inside = file.parts[len(top) :]
        if len(inside) == 1 and not inside[0].lower().endswith(".zip"):
            refused.append(Refusal(file.path, "lies in no student's folder"))
            continue
        student = inside[0] if len(inside) > 1 else inside[0][: -len(".zip")]
        path = inside[1:] or inside
        path = path[1:] if len(path) > 1 and path[0] == homework else path
        student = student.removeprefix(f"{homework}_") if len(inside) == 1 else student
        entry = deliveries.setdefault(student, Delivery(student, [Hints(id=student, email=student, name=student)]))
        entry.pieces.append(Piece(file, path))
    return Layout("plain", list(deliveries.values()), refused)


def _shared_folder(files: list[Found], homework: str, roster: Roster | None) -> tuple[str, ...]:
    """The folders around the students' folders, such as the one that a zip was made of."""
    top: tuple[str, ...] = ()
    while True:
        inside = [file.parts[len(top) :] for file in files]
        firsts = {parts[0] for parts in inside}
        if len(firsts) > 1 or any(len(parts) < 2 for parts in inside):
            return top
        (first,) = firsts
        if roster and roster.find(Hints(id=first, email=first, name=first))[0]:
            return top
        rest = [parts[1:] for parts in inside]
        loose = [parts[0] for parts in rest if len(parts) == 1]
        if any(not _is_archive(name) or name.startswith(homework) for name in loose):
            return top
        if not any(parts[0] != homework for parts in rest):
            return top
        top = (*top, first)


def _is_archive(name: str) -> bool:
    return name.lower().endswith(".zip")


KINDS: dict[str, Callable[[list[Found], str, Roster | None], Layout]] = {
    "canvas": _canvas,
    "gradescope": _gradescope,
    "moodle": _moodle,
    "plain": _plain,
}

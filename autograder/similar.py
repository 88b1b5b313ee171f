"""Pairs of submissions that are alike beyond what everybody was given.

The passages are found by copydetect (winnowing of k-grams). Ours is what it compares: only the text of a student's own,
without names of variables, comments and layout, and without what the release or a large part of the class has too.
"""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from pygments.lexers import PythonLexer
from pygments.token import Token

from autograder import notebooks
from autograder.colab import colab_cell
from autograder.course import Course
from autograder.errors import UsageError
from autograder.record import Record, load_record
from autograder.results import Status
from autograder.sanitise import sanitise_file

_K = {"code": 25, "prose": 40}
"""Length of the shortest passage that counts, in characters after normalising."""
_WINDOW = 6  # every passage of k + 5 characters is found
_COMMON = 0.25, 5
"""A passage that more than this part of the class has, and more than this many, is how the task is solved."""
_FEWEST = 100  # characters that two have to share; less is what any two answers may
_LONGEST = 200_000
_BETWEEN = "\0"  # stands between cells: a passage ends with its cell
_READ = (Status.GRADED, Status.REPAIRED)

OnStep = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and how much of it there is."""


@dataclass
class Document:
    """What one student wrote in one notebook, of one kind.

    Attributes
    ----------
    student, notebook : str
        Whose, and where.
    kind : str
        ``"code"`` or ``"prose"``.
    text : str
        As it was written, with a line before each cell that names it.
    earlier : bool
        Whether it is from another term: it is compared with this term's only.
    """

    student: str
    notebook: str
    kind: str
    text: str
    earlier: bool = False
    places: list[tuple[int, int]] = field(default_factory=list, repr=False)
    print: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Match:
    """What two documents share: the passages on both sides, as places in their texts."""

    one: Document
    other: Document
    shared: int
    passages: tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]


@dataclass(frozen=True)
class Pair:
    """Two submissions of one notebook.

    Attributes
    ----------
    students : (str, str)
        Whose.
    notebook : str
        Which notebook.
    parts : (float, float)
        For each of the two, how much of what is their own, 0 to 1, the other has too.
    shared : int
        Characters that they share, after normalising.
    matches : tuple of Match
        For code, for prose, or for both.
    """

    students: tuple[str, str]
    notebook: str
    parts: tuple[float, float]
    shared: int
    matches: tuple[Match, ...]


@dataclass(frozen=True)
class Comparison:
    """All pairs that were found, the most alike first, and what could not be compared."""

    pairs: tuple[Pair, ...]
    compared: int
    left_out: tuple[str, ...]


def find_similar(
    course: Course,
    homework: str,
    at_least: float = 0.5,
    against: Iterable[Path] = (),
    on_step: OnStep | None = None,
) -> Comparison:
    """Compare everybody with everybody, notebook by notebook.

    Parameters
    ----------
    course, homework
        What to compare.
    at_least : float
        Which part of one of the two has to be shared, 0 to 1.
    against : iterable of Path
        Folders like ``submitted/`` with submissions of other terms, which are compared with this term's.
    on_step : callable, optional
        Called as the work goes on, such as ``on_step("3_rnn: reading", 12, 300)``.

    Raises
    ------
    UsageError
        If copydetect is not installed, there is nobody to compare, or a folder does not exist.
    ReleaseMismatch
        If the homework was not released, or not as recorded.
    """
    _library()
    assignment = course.assignment(homework)
    if not 0 <= at_least <= 1:
        raise UsageError(f"--at-least is a part between 0 and 1, got {at_least:g}")
    people = _folders(course, homework, tuple(against))
    if len(people) < 2:
        raise UsageError(f"fewer than two submissions of {homework}: there is nothing to compare")
    size = max(limits.submission_mib for limits in assignment.profiles.values()) * 2**20
    step = on_step or _quiet
    pairs, left_out = [], []
    for policy in assignment.notebooks:
        record = load_record(course, homework, policy.name)
        documents, unread = _read_all(people, record, size, step)
        left_out += unread
        pairs += _pairs(documents, _given(course, homework, record), at_least, step)
    pairs.sort(key=lambda pair: (-max(pair.parts), -pair.shared))
    return Comparison(tuple(pairs), len(people), tuple(left_out))


def _quiet(what: str, done: int, total: int) -> None:
    """Nobody watches."""


def _library() -> Any:
    try:
        import copydetect
    except ImportError as error:
        raise UsageError("comparing needs copydetect: pip install 'deep-learning-homework[similar]'") from error
    return copydetect


def _folders(course: Course, homework: str, against: tuple[Path, ...]) -> list[tuple[str, Path, bool]]:
    """Name, folder and whether it is from another term, of every submission."""
    found = [(student, course.submitted(student, homework), False) for student in course.students(homework)]
    for root in against:
        if not root.is_dir():
            raise UsageError(f"{root} is not a folder with submissions of another term")
        earlier = sorted(path for path in root.glob(f"*/{homework}") if path.is_dir() and not path.is_symlink())
        if not earlier:
            raise UsageError(f"{root} holds no submissions: expected folders <student>/{homework}/")
        found += [(f"{path.parent.name} ({root.name})", path, True) for path in earlier]
    return [entry for entry in found if not entry[1].is_symlink()]


def _read_all(
    people: list[tuple[str, Path, bool]], record: Record, size: int, step: OnStep
) -> tuple[list[Document], list[str]]:
    """What everybody wrote in one notebook, and who could not be read."""
    documents: list[Document] = []
    unread = []
    for number, (student, folder, earlier) in enumerate(people):
        step(f"{record.notebook}: reading", number, len(people))
        path = folder / f"{record.notebook}.ipynb"
        if not path.is_file():
            continue
        found = _documents(student, path, record, size, earlier)
        if found is None:
            unread.append(f"{student}: {record.notebook} cannot be read")
        documents += found or []
    return documents, unread


def _documents(student: str, path: Path, record: Record, size: int, earlier: bool) -> list[Document] | None:
    """What a student wrote in a notebook, None if it cannot be read."""
    clean = sanitise_file(path, record, size)
    if clean.status not in _READ:
        return None
    known = {cell.grade_id: cell for cell in record.cells}
    cells = []
    for cell in clean.notebook.cells:
        recorded = known.get(notebooks.grade_id_of(cell) or "")
        if recorded is None or recorded.solution:
            cells.append((recorded.grade_id if recorded else "a cell of their own", cell.cell_type, cell.source))
    made = []
    for kind in ("code", "prose"):
        chosen = [(name, text) for name, of, text in cells if (of == "code") == (kind == "code") and text.strip()]
        made.append(_document(student, record.notebook, kind, chosen, earlier))
    return made


def _given(course: Course, homework: str, record: Record) -> dict[str, Document]:
    """The release's own code and prose, by kind, with the first cell of a bundle's notebooks in both of its forms."""
    released = notebooks.read(course.release(homework) / f"{record.notebook}.ipynb").cells
    cells = [*released, colab_cell(homework), colab_cell(homework, github="owner/repository")]
    given = {}
    for kind in ("code", "prose"):
        chosen = [("release", cell.source) for cell in cells if (cell.cell_type == "code") == (kind == "code")]
        # All k-grams: where a passage is cut off at its end, winnowing chooses others of them.
        given[kind] = _document("", record.notebook, kind, chosen, False, window=1)
    return given


def _document(
    student: str, notebook: str, kind: str, cells: list[tuple[str, str]], earlier: bool, window: int = _WINDOW
) -> Document:
    """Put cells together and take their fingerprint; no passage of it crosses the end of a cell."""
    text = ""
    signs: list[str] = []
    places: list[tuple[int, int]] = []
    for name, source in cells:
        text += f"――― {name} ―――\n"
        source = source[: max(_LONGEST - len(text), 0)]
        for start, length, sign in _code_signs(source) if kind == "code" else _prose_signs(source):
            signs.append(sign)
            places += [(len(text) + start, len(text) + start + length)] * len(sign)
        signs.append(_BETWEEN)
        places.append((len(text) + len(source), len(text) + len(source)))
        text += f"{source}\n\n"
    normal = "".join(signs)
    made = Document(student, notebook, kind, text, earlier, places)
    made.print = _library().CodeFingerprint(student, _K[kind], window, filter=False, fp=io.StringIO(normal))
    prints = made.print
    inside = {
        value: [place for place in found if _BETWEEN not in normal[place : place + prints.k]]
        for value, found in prints.hash_idx.items()
    }
    prints.hash_idx = {value: found for value, found in inside.items() if found}
    prints.hashes = set(prints.hash_idx)
    return made


def _code_signs(source: str) -> list[tuple[int, int, str]]:
    """Code without what is changed to hide a copy: names of variables, comments, strings and layout.

    What is called stays: a name after a dot says what is done. Each with its place and length in the source.
    """
    signs: list[tuple[int, int, str]] = []
    after_dot = False
    for place, kind, value in PythonLexer().get_tokens_unprocessed(source):
        if kind in Token.Comment or kind in Token.Literal.String.Doc or not value.strip():
            continue
        if kind in Token.Literal.String:
            if not signs or signs[-1][2] != "S":
                signs.append((place, len(value), "S"))
        elif kind in Token.Name and kind not in Token.Name.Builtin and not after_dot:
            signs.append((place, len(value), "V"))
        else:
            signs.append((place, len(value), value.strip()))
        after_dot = value == "."
    return signs


def _prose_signs(source: str) -> list[tuple[int, int, str]]:
    """Letters, digits and signs of a text, in lower case, without spaces."""
    return [(place, 1, sign.lower()[:1]) for place, sign in enumerate(source) if not sign.isspace()]


def _pairs(documents: list[Document], given: dict[str, Document], at_least: float, step: OnStep) -> list[Pair]:
    """The pairs of one notebook."""
    matches: dict[tuple[str, str], list[Match]] = defaultdict(list)
    for kind in ("code", "prose"):
        chosen = [document for document in documents if document.kind == kind]
        _forget(chosen, given[kind].print.hashes)
        candidates = _candidates(chosen)
        for number, (one, other) in enumerate(candidates):
            step(f"{one.notebook}: comparing {kind}", number, len(candidates))
            match = _compare(one, other)
            if match.shared:
                matches[one.student, other.student].append(match)
    own: Counter[str] = Counter()
    for document in documents:
        own[document.student] += int(document.print.token_coverage)
    found = []
    for students, parts in matches.items():
        shared = sum(match.shared for match in parts)
        shares = (min(shared / max(own[students[0]], 1), 1.0), min(shared / max(own[students[1]], 1), 1.0))
        if max(shares) >= at_least and shared >= _FEWEST:
            found.append(Pair(students, parts[0].one.notebook, shares, shared, tuple(parts)))
    return found


def _forget(documents: list[Document], given: set[int]) -> None:
    """Take out of the fingerprints what was given, and what a large part of the class has."""
    count: Counter[int] = Counter()
    for document in documents:
        count.update(document.print.hashes)
    part, number = _COMMON
    most = max(part * len({document.student for document in documents}), number)
    common = {value for value, times in count.items() if times > most} | given
    for document in documents:
        prints = document.print
        prints.hashes = prints.hashes - common
        prints.hash_idx = {value: places for value, places in prints.hash_idx.items() if value not in common}
        prints.token_coverage = len(_covered(prints))


def _covered(prints: Any) -> set[int]:
    """The places of a normalised text that its fingerprint speaks of."""
    return {place + step for places in prints.hash_idx.values() for place in places for step in range(prints.k)}


def _candidates(documents: list[Document]) -> list[tuple[Document, Document]]:
    """Pairs that share anything at all."""
    owners: dict[int, list[int]] = defaultdict(list)
    for number, document in enumerate(documents):
        for value in document.print.hashes:
            owners[value].append(number)
    found = {pair for numbers in owners.values() for pair in combinations(numbers, 2)}
    pairs = [(documents[one], documents[other]) for one, other in sorted(found)]
    return [(one, other) for one, other in pairs if not (one.earlier and other.earlier)]


def _compare(one: Document, other: Document) -> Match:
    shared, _, slices = _library().compare_files(one.print, other.print)
    passages = tuple(_in_text(document, where) for document, where in zip((one, other), slices, strict=True))
    return Match(one, other, int(shared), passages)  # type: ignore[arg-type]


def _in_text(document: Document, slices: Any) -> tuple[tuple[int, int], ...]:
    """Passages of the normalised text as places in what was written."""
    found: list[tuple[int, int]] = []
    for start, end in zip(*slices, strict=True) if len(slices) else ():
        for first, last in document.places[int(start) : int(end)]:
            # What was left out stays unmarked: a docstring was given, a comment was not compared.
            if found and (first <= found[-1][1] or not document.text[found[-1][1] : first].strip()):
                found[-1] = (found[-1][0], max(last, found[-1][1]))
            else:
                found.append((first, last))
    return tuple(found)

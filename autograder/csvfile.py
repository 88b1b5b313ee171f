"""CSV files as people keep them: any of the usual separators, headers in any spelling, refused with a line number."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError

MAX_BYTES = 50 * 2**20
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes
    ----------
    line : int
        Its number in the file, for messages.
    cells : mapping
        Texts without surrounding space, by the header as it stands in the file.
    """

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """A CSV file: its headers in order, and its rows that are not empty."""

    path: Path
    headers: tuple[str, ...]
    rows: tuple[Row, ...]

    def column(self, *names: str) -> str | None:
        """The header that means one of these names, the first name that is there winning.

        >>> Table(Path("x.csv"), ("Last Name", "SIS Login ID"), ()).column("login id", "sis_login_id")
        'SIS Login ID'
        """
        by_name = {plain(header): header for header in reversed(self.headers)}
        return next((by_name[plain(name)] for name in names if plain(name) in by_name), None)


def plain(text: str) -> str:
    """A header without case, spaces and signs: ``Student-ID`` and ``student id`` are the same."""
    return re.sub(r"[\W_]+", "", text.casefold())


def read_table(path: Path) -> Table:
    """Read a CSV file with a line of headers.

    Commas, semicolons and tabs separate, whichever the first line has most of; UTF-8, with or without a mark.

    Raises
    ------
    UsageError
        If the file is missing, is no text, has no header, or has a row with more cells than headers.
    """
    text = _read(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise UsageError(f"{path} is empty: expected a line of column names first")
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count), strict=True)
    headers: list[str] = []
    rows = []
    try:
        for cells in reader:
            trimmed = [cell.strip() for cell in cells]
            if not any(trimmed):
                continue
            if not headers:
                headers = trimmed
                continue
            if any(trimmed[len(headers) :]):
                raise UsageError(
                    f"{path}, line {reader.line_num}: {len(trimmed)} cells, but there are {len(headers)} column names"
                )
            padded = trimmed + [""] * (len(headers) - len(trimmed))
            rows.append(Row(reader.line_num, dict(zip(headers, padded, strict=False))))
    except csv.Error as error:
        raise UsageError(f"{path}, line {reader.line_num}: not CSV: {error}") from error
    return Table(path, tuple(headers), tuple(rows))


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path} is larger than {MAX_BYTES >> 20} MiB: is it a CSV file?")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not a text in UTF-8: save it as `CSV UTF-8`") from error
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    if "\0" in text:
        raise UsageError(f"{path} is not a CSV file: it holds NUL bytes")
    return text


def write_rows(rows: Iterable[Iterable[object]]) -> str:
    """CSV text with Unix line ends; texts that a spreadsheet would take for a formula get a leading apostrophe.

    >>> write_rows([["ada", "=1+1", -2]]).strip()
    "ada,'=1+1,-2"
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow([_guarded(cell) for cell in row])
    return out.getvalue()


def _guarded(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell

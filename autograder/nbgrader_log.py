"""Listens to nbgrader's log: its exceptions say only that something failed, the reason is in what it logs."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SAWarning


class Reasons(logging.Handler):
    """Keeps the last line of each error, which is where an exception's own message stands.

    Attributes
    ----------
    logger : logging.Logger
        To be given to a converter as its ``log``. It belongs to no hierarchy: when nbgrader opens a gradebook, alembic
        silences all loggers that are known by name.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []
        self.logger = logging.Logger("nbgrader", logging.ERROR)
        self.logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Take one record."""
        self.lines.append(record.getMessage().strip().splitlines()[-1])

    def last(self) -> str:
        """The message of the first exception that was logged, without the name of its class."""
        ours = [line for line in self.lines if "Error" in line or "autograder.errors." in line]
        return ours[0].split(": ", 1)[-1] if ours else ""


@contextmanager
def collected_log() -> Iterator[Reasons]:
    """Collect what nbgrader logs of errors instead of printing it."""
    with no_database_warnings():
        yield Reasons()


@contextmanager
def no_database_warnings() -> Iterator[None]:
    """nbgrader adds rows through relationships that SQLAlchemy 2 warns of; its results are right."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        yield

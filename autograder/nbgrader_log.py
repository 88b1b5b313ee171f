"""Listens to nbgrader's log: its exceptions say only that something failed, the reason is in what it logs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class Reasons(logging.Handler):
    """Keeps the last line of each error, which is where an exception's own message stands."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

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
    handler, logger = Reasons(), logging.getLogger("traitlets")
    old = logger.handlers[:], logger.propagate, logger.level
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.ERROR)
    try:
        yield handler
    finally:
        logger.handlers, logger.propagate = old[0], old[1]
        logger.setLevel(old[2])

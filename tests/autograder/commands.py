"""Runs a ``course`` command in this process, as a person would type it."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from autograder import cli


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *args: str) -> tuple[int, str, str]:
    """Exit code, and what was printed on stdout and on stderr, each as one line."""
    _with(args[0])
    monkeypatch.setattr("sys.argv", ["course", *args])
    try:
        cli.main()
        code = 0
    except SystemExit as error:
        code = int(error.code or 0)
    captured = capsys.readouterr()
    return code, " ".join(captured.out.split()), " ".join(captured.err.split())


def _with(command: str) -> None:
    known: list[Any] = [entry.name or getattr(entry.callback, "__name__", "") for entry in cli.app.registered_commands]
    if command not in known:
        importlib.import_module(f"autograder.cli_{command}").register(cli.app)

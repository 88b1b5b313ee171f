"""``course data``: tables, exit codes and messages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from data_server import Server, free_port
from test_data_fetching import ARCHIVE
from typer.testing import CliRunner, Result

from autograder import cli_data
from autograder.errors import CourseError, UsageError
from utils.data.registry import DATA_SETS, DataSet, Download, Part


@pytest.fixture(autouse=True)
def tiny(cache: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> DataSet:
    """A registry of one data set."""
    server.files["tiny.zip"] = ARCHIVE
    data = DataSet(
        name="tiny",
        title="Tiny data",
        folder="tiny_data",
        downloads=(Download(server.url("tiny.zip")),),
        parts=(Part("a.txt"), Part("pictures/*.jpg", 2)),
        size=2**20,
        licence="none",
        notebooks=("1_transfer_learning",),
        inside="tiny_data",
    )
    for name in list(DATA_SETS):
        monkeypatch.delitem(DATA_SETS, name)
    monkeypatch.setitem(DATA_SETS, "tiny", data)
    return data


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli_data.app, list(arguments))


def test_from_missing_to_fetched_to_damaged(cache: Path) -> None:
    assert run("status").exit_code == 0
    assert "missing" in run("status").output
    assert run("verify").exit_code == 0
    assert run("verify", "tiny").exit_code == 1
    fetched = run("fetch")
    assert fetched.exit_code == 0
    assert f"tiny: complete in {cache / 'tiny_data'}" in fetched.output
    assert "tiny.zip: 100%" in fetched.output, "there is a bar"
    assert "complete" in run("status").output
    assert run("verify", "tiny").exit_code == 0
    (cache / "tiny_data" / "a.txt").write_text("other")
    damaged = run("status")
    assert damaged.exit_code == 1
    assert "incomplete" in damaged.output
    assert "course data fetch tiny" in " ".join(damaged.output.split())
    assert run("verify").exit_code == 1


def test_what_cannot_be_fetched(tiny: DataSet, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = (Download(f"http://127.0.0.1:{free_port()}/tiny.zip"),)
    monkeypatch.setitem(DATA_SETS, "tiny", replace(tiny, downloads=moved))
    result = run("fetch", "tiny")
    assert isinstance(result.exception, CourseError)
    assert "not fetched: tiny" in str(result.exception)
    assert "Check the network" in " ".join(result.output.split())


def test_unknown_name() -> None:
    for command in ("fetch", "verify"):
        result = run(command, "tinny")
        assert isinstance(result.exception, UsageError)
        assert "Did you mean tiny?" in str(result.exception)


def test_mirror_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_DATA_MIRROR", str(tmp_path / "none"))
    result = run("status")
    assert isinstance(result.exception, CourseError)
    assert "unset it to use the cache" in str(result.exception)

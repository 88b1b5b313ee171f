"""A cache of its own for these tests, and a small web server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from data_server import Server

from utils.data.store import CACHE_VARIABLE


@pytest.fixture(scope="session", autouse=True)
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What is drawn in these tests is drawn once; nothing of the user's cache is seen or touched."""
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(cache))
        patch.setenv("TORCH_HOME", str(cache / "torch"))
        yield cache


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache that exists."""
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setenv(CACHE_VARIABLE, str(folder))
    monkeypatch.setenv("TORCH_HOME", str(folder / "torch"))
    return folder


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running

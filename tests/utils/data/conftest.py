"""A cache of its own for these tests, a small web server, and the homework's real data where they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from data_server import Server

from utils.data.store import CACHE_VARIABLE, MIRROR_VARIABLE

_NAMED = os.environ.get(MIRROR_VARIABLE, "")


@pytest.fixture(scope="session", autouse=True)
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What is drawn in these tests is drawn once; nothing of the user's cache or mirror is seen or touched."""
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(cache))
        patch.setenv("TORCH_HOME", str(cache / "torch"))
        patch.delenv(MIRROR_VARIABLE, raising=False)
        patch.delenv("COURSE_PROFILE", raising=False)
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


@pytest.fixture
def real_data(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The homework's real data; a test that asks for them carries the marker ``real_data``."""
    if not _NAMED:
        pytest.skip(f"{MIRROR_VARIABLE} is not set: the real data are not here")
    monkeypatch.setenv(MIRROR_VARIABLE, _NAMED)
    return Path(_NAMED)

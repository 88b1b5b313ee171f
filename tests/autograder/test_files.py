"""Files written in one step."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from autograder.files import write_whole


def test_a_file_is_made_with_its_folder_and_others_may_read_it(tmp_path: Path) -> None:
    path = write_whole(tmp_path / "a" / "b.txt", "caf\u00e9 \ud800\n")
    assert path.read_bytes() == b"caf\xc3\xa9 ?\n"
    assert path.stat().st_mode & 0o777 == 0o644
    assert write_whole(path, b"\0\r\n").read_bytes() == b"\0\r\n"


def test_a_full_disk_leaves_the_old_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "entry"
    write_whole(path, "old", lasting=True)

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new", lasting=True)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["entry"]

"""Writing files in one step: whoever reads one finds the old contents or the new, also after a crash."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, data: bytes | str, lasting: bool = False) -> Path:
    """Write a file whole or not at all; its folder is made.

    Parameters
    ----------
    path : Path
        The file.
    data : bytes or str
        What is to be in it; text is written as UTF-8, what cannot be encoded as ``?``.
    lasting : bool
        Whether to wait until it is on the disk, so that it outlives a loss of power as well.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OSError
        If it cannot be written; an older file is still there then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data.encode(errors="replace") if isinstance(data, str) else data)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        Path(name).chmod(0o644)  # as files are made, and not for the owner alone
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    return path

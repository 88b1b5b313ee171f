"""The channel of the grader's calls: requests and replies over a Unix socket in the kernel's own folder.

Cells travel by Jupyter's messages. Hidden tests make hundreds of calls to a notebook, each far shorter than such a
message takes to be signed, routed and announced; here a call is one write and one read on either side.

A message is the number of its frames, their sizes, and the frames (see `autograder.kernel.wire`).
"""

from __future__ import annotations

import itertools
import signal
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from autograder.kernel.responder import Responder, failure
from autograder.kernel.wire import MAX_BYTES, MAX_ITEMS, WireError

NAME = "calls"
"""Of the socket, in the folder of the kernel's other sockets."""
SERVE = "course_serve"
"""The Jupyter message after which the kernel answers calls, and nothing else any more."""


def listen(folder: Path) -> socket.socket:
    """The kernel's end, before the grader has connected."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(folder / NAME))
    listener.listen(1)
    return listener


def connect(folder: Path, seconds: float) -> socket.socket:
    """The grader's end. To be called before any code of a student's runs, which could put a link in its place."""
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(seconds)
    link.connect(str(folder / NAME))
    return link


def send(link: socket.socket, frames: Sequence[bytes | memoryview]) -> None:
    """Send a message."""
    sizes = [memoryview(frame).nbytes for frame in frames]
    head = struct.pack(f"<I{len(sizes)}Q", len(sizes), *sizes)
    if sum(sizes) < 2**16:
        link.sendall(b"".join((head, *frames)))
        return
    link.sendall(head)
    for frame in frames:
        link.sendall(frame)


def receive(link: socket.socket, wait: Callable[[], None] = lambda: None) -> list[bytes]:
    """Receive a message.

    Parameters
    ----------
    link : socket.socket
        One end.
    wait : callable, optional
        Called before each read; returns when there is something to be read, or raises.

    Raises
    ------
    EOFError
        If the other end is closed.
    WireError
        If what comes is no message, or larger than one may be. Nothing sensible can follow.
    """
    (count,) = struct.unpack("<I", _read(link, 4, wait))
    if count > MAX_ITEMS:
        raise WireError(f"a message of {count} frames")
    sizes = struct.unpack(f"<{count}Q", _read(link, 8 * count, wait))
    if sum(sizes) > MAX_BYTES:
        raise WireError(f"a message of more than {MAX_BYTES // 2**20} MiB")
    frames = _read(link, sum(sizes), wait)
    return [frames[high - size : high] for size, high in zip(sizes, itertools.accumulate(sizes), strict=True)]


def _read(link: socket.socket, size: int, wait: Callable[[], None]) -> bytes:
    parts = []
    while size:
        wait()
        part = link.recv(min(size, 2**20))
        if not part:
            raise EOFError("the other end is closed")
        parts.append(part)
        size -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def serve(listener: socket.socket, responder: Responder) -> None:
    """Answer calls until the grader is gone. Called in the main thread, the one that can be interrupted."""
    with listener.accept()[0] as link, suppress(EOFError, OSError, WireError):
        while True:
            send(link, _answer(responder, receive(link)))


def _answer(responder: Responder, frames: list[bytes]) -> list[bytes]:
    """Interrupts are for the student's code: elsewhere they would leave half a message behind."""
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        reply = responder.answer(frames)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt as error:  # as the call was about to end
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        reply = failure(error)
    return reply

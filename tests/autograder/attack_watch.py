"""What attacks may reach or leave behind, and how it is noticed: ears on sockets, memory, processes."""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import threading
import time
from pathlib import Path


class Listeners:
    """Sockets of this machine that no submission may reach: TCP and UDP on one port, unix sockets by path and name.

    What arrives by TCP is answered as a web server would, so that a page's requests show with their paths.

    Parameters
    ----------
    mark : str
        The abstract name to listen at.
    path : Path
        Where to put the socket in the file system.
    """

    def __init__(self, mark: str, path: Path) -> None:
        self._visits: list[str] = []
        self._selector = selectors.DefaultSelector()
        self._sockets: list[socket.socket] = []
        tcp = socket.create_server(("127.0.0.1", 0))
        self.port = int(tcp.getsockname()[1])
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", self.port))
        for kind, name in (("abstract", "\0" + mark), ("unix", str(path))):
            one = socket.socket(socket.AF_UNIX)
            one.bind(name)
            one.listen()
            self._listen(one, kind)
        self._listen(tcp, "tcp")
        self._listen(udp, "udp")
        self._open = True
        self._thread = threading.Thread(target=self._run, name="listeners", daemon=True)
        self._thread.start()

    def reset(self) -> None:
        """Forget all visits so far."""
        self._visits.clear()

    def visits(self) -> list[str]:
        """Who has been here since the last reset: the kind of socket and the first line of what was sent."""
        return list(self._visits)

    def close(self) -> None:
        """Stop listening."""
        self._open = False
        self._thread.join()
        for one in self._sockets:
            one.close()

    def _listen(self, one: socket.socket, kind: str) -> None:
        one.setblocking(False)
        self._sockets.append(one)
        self._selector.register(one, selectors.EVENT_READ, kind)

    def _run(self) -> None:
        while self._open:
            for key, _ in self._selector.select(timeout=0.1):
                with contextlib.suppress(OSError):
                    self._take(key.fileobj, key.data)  # type: ignore[arg-type]

    def _take(self, listener: socket.socket, kind: str) -> None:
        if kind == "udp":
            self._visits.append(f"udp {listener.recv(200)!r}")
            return
        with listener.accept()[0] as visitor:
            visitor.settimeout(1)
            said = b""
            with contextlib.suppress(OSError):
                said = visitor.recv(2000)
                visitor.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
            self._visits.append(f"{kind} {said.partition(bytes([13]))[0].decode(errors='replace')}")


class MemoryWatch:
    """Looks at this process's memory while something is going on.

    Attributes
    ----------
    grown : int
        By how many bytes it was larger, at the most, than at the beginning.
    """

    def __init__(self, every: float = 0.05) -> None:
        self._every = every
        self.grown = 0

    def __enter__(self) -> MemoryWatch:
        self._first = resident()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory-watch", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(self._every):
            self.grown = max(self.grown, resident() - self._first)


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def processes_with(mark: str, patience: float = 2.0) -> list[str]:
    """Command lines of other processes that hold `mark`; those that are just ending get a moment for it."""
    deadline = time.monotonic() + patience
    while (found := _processes_with(mark)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def _processes_with(mark: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if mark in line and path.parent.name != str(os.getpid()) and not _is_our_server(path.parent, line):
                found.append(line[:200])
    return found


def _is_our_server(process: Path, line: str) -> bool:
    """Whether this is the warm server, which stays: the box, its first process, or the server; kernels are deeper."""
    if "autograder.kernel.server" not in line:
        return False
    number, depth = int(process.name), 0
    while number > 1 and number != os.getpid():
        status = Path("/proc", str(number), "status").read_text(encoding="utf-8")
        number, depth = int(status.partition("PPid:")[2].split()[0]), depth + 1
    return number == os.getpid() and depth <= 3

"""The channel of the grader's calls: what travels over it, and what is refused."""

from __future__ import annotations

import signal
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.kernel import calls, wire
from autograder.kernel.responder import Responder

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize("frames", [[], [b""], [b"a", b"", b"\0" * 1000], [bytes(300_000), b"{}"] * 3])
def test_a_message_arrives_as_it_was_sent(pair: Pair, frames: list[bytes]) -> None:
    thread = threading.Thread(target=calls.send, args=(pair[0], frames))
    thread.start()
    assert calls.receive(pair[1]) == frames
    thread.join()


def test_two_messages_do_not_run_into_each_other(pair: Pair) -> None:
    calls.send(pair[0], [b"one"])
    calls.send(pair[0], [b"two", b"2"])
    assert (calls.receive(pair[1]), calls.receive(pair[1])) == ([b"one"], [b"two", b"2"])


@pytest.mark.parametrize(
    "head",
    [
        struct.pack("<I", wire.MAX_ITEMS + 1),
        struct.pack("<IQ", 1, wire.MAX_BYTES + 1),
        struct.pack("<IQQ", 2, 2**63, 2**63),
    ],
)
def test_a_message_that_is_too_large_is_refused_before_it_is_read(pair: Pair, head: bytes) -> None:
    pair[0].sendall(head)
    with pytest.raises(wire.WireError, match="a message of"):
        calls.receive(pair[1])


def test_half_a_message_is_the_end(pair: Pair) -> None:
    pair[0].sendall(struct.pack("<IQ", 1, 10) + b"half")
    pair[0].close()
    with pytest.raises(EOFError):
        calls.receive(pair[1])


def test_whoever_waits_is_asked_before_each_read(pair: Pair) -> None:
    pair[0].sendall(struct.pack("<IQ", 1, 10) + b"half")
    asked = []

    def wait() -> None:
        asked.append(None)
        if len(asked) == 4:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        calls.receive(pair[1], wait)


class Interrupted(Responder):
    """Is interrupted at the moment at which its answer is ready."""

    def answer(self, frames: list[bytes]) -> list[bytes]:
        reply = super().answer(frames)
        signal.raise_signal(signal.SIGINT)
        return reply


@pytest.fixture
def kernel(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    """The grader's end; the kernel's is served by this process's main thread in `serving`."""
    listener = calls.listen(tmp_path)
    with listener, calls.connect(tmp_path, 5) as link:
        link.settimeout(5)
        request.node.listener = listener
        yield link


def ask(link: socket.socket, name: str, answers: list[object]) -> None:
    """Ask for a variable twice from another thread, and hang up."""
    for _ in range(2):
        calls.send(link, wire.dumps({"do": "variable", "name": name}))
        answers.append(wire.loads(calls.receive(link)))
    link.close()


@pytest.mark.parametrize("responder", [Responder, Interrupted])
def test_calls_are_answered_until_the_grader_hangs_up(
    kernel: socket.socket, request: pytest.FixtureRequest, responder: type[Responder]
) -> None:
    answers: list[object] = []
    thread = threading.Thread(target=ask, args=(kernel, "x", answers))
    thread.start()
    before = signal.getsignal(signal.SIGINT)
    try:
        calls.serve(request.node.listener, responder({"x": 5}))
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # an interrupt between two calls is for nobody
    finally:
        signal.signal(signal.SIGINT, before)
    thread.join()
    if responder is Responder:
        assert answers == [{"status": "ok", "value": 5}] * 2
    else:
        assert [(a["status"], a["type"]) for a in answers if isinstance(a, dict)] == [
            ("raised", "KeyboardInterrupt")
        ] * 2

"""What the grader's own session and channel do otherwise than Jupyter's, and what they must do as Jupyter's do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from queue import Empty
from typing import Any

import pytest
import zmq.asyncio
from jupyter_client.session import Session

from autograder.client import Channel, PlainSession

KEY = b"between the two of us"


@pytest.fixture
def kernel() -> Session:
    return Session(key=KEY)


@pytest.fixture
def grader() -> PlainSession:
    return PlainSession(key=KEY)


def parts(session: Session, content: dict[str, Any] | None = None, **more: Any) -> list[bytes]:
    """A message on its way, without the delimiter."""
    return session.serialize(session.msg("status", content or {"execution_state": "idle"}, **more))[1:]


def test_it_reads_what_jupyters_own_reads(kernel: Session, grader: PlainSession) -> None:
    asked = kernel.msg("execute_request")
    sent = parts(kernel, parent=asked, metadata={"a": 1})
    theirs = Session(key=KEY).deserialize(sent)
    ours = grader.deserialize(sent)
    for name in ("msg_id", "msg_type", "metadata", "content", "buffers"):
        assert ours[name] == theirs[name]
    for name in ("header", "parent_header"):
        assert {**ours[name], "date": None} == {**theirs[name], "date": None}
        assert isinstance(ours[name]["date"], str)
    assert ours["parent_header"]["msg_id"] == asked["header"]["msg_id"]


def test_what_is_not_json_comes_along(kernel: Session, grader: PlainSession) -> None:
    sent = [*parts(kernel), b"\x00\x01"]
    assert [bytes(buffer) for buffer in grader.deserialize(sent)["buffers"]] == [b"\x00\x01"]


@pytest.mark.parametrize("place", range(5))
def test_a_message_that_somebody_changed_is_refused(kernel: Session, grader: PlainSession, place: int) -> None:
    sent = parts(kernel)
    sent[place] = sent[place].replace(b"a", b"b").replace(b"{}", b"{ }")
    with pytest.raises(ValueError, match="wrong signature"):
        grader.deserialize(sent)


def test_a_message_without_a_signature_is_refused(kernel: Session, grader: PlainSession) -> None:
    with pytest.raises(ValueError, match="wrong signature"):
        grader.deserialize([b"", *parts(kernel)[1:]])


def test_a_message_that_comes_again_is_refused(kernel: Session, grader: PlainSession) -> None:
    sent = parts(kernel)
    grader.deserialize(sent)
    with pytest.raises(ValueError, match="was there before"):
        grader.deserialize(sent)


@pytest.mark.parametrize("count", range(5))
def test_too_few_parts_are_refused(kernel: Session, grader: PlainSession, count: int) -> None:
    with pytest.raises((ValueError, IndexError)):
        grader.deserialize(parts(kernel)[:count])


def test_without_a_key_nothing_is_signed() -> None:
    sent = parts(Session(key=b""))
    assert PlainSession(key=b"").deserialize(sent)["content"] == {"execution_state": "idle"}


@pytest.fixture
def talk(grader: PlainSession) -> Callable[[Callable[[Channel, zmq.asyncio.Socket], Coroutine]], Any]:
    """Runs a conversation between a channel and the socket at its other end."""

    def run(conversation: Callable[[Channel, zmq.asyncio.Socket], Coroutine]) -> Any:
        async def inside() -> Any:
            context = zmq.asyncio.Context()
            theirs, ours = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
            theirs.bind("inproc://channel")
            ours.connect("inproc://channel")
            try:
                return await conversation(Channel(ours, grader), theirs)
            finally:
                context.destroy(linger=0)

        return asyncio.run(inside())

    return run


def test_a_message_that_is_there_and_one_that_comes_later(kernel: Session, talk: Callable) -> None:
    async def conversation(channel: Channel, theirs: zmq.asyncio.Socket) -> list[str]:
        await theirs.send_multipart([b"topic", b"<IDS|MSG>", *parts(kernel, {"n": 1})])
        first = await channel.get_msg(timeout=5)
        waiting = asyncio.ensure_future(channel.get_msg())
        await asyncio.sleep(0.05)
        await theirs.send_multipart([b"<IDS|MSG>", *parts(kernel, {"n": 2})])
        second = await waiting
        return [first["content"]["n"], second["content"]["n"]]

    assert talk(conversation) == [1, 2]


def test_none_in_time_and_none_lost(kernel: Session, talk: Callable) -> None:
    """One that was waited for in vain is had by whoever waits next."""

    async def conversation(channel: Channel, theirs: zmq.asyncio.Socket) -> int:
        for _ in range(3):
            with pytest.raises(Empty):
                await channel.get_msg(timeout=0.02)
        await theirs.send_multipart([b"<IDS|MSG>", *parts(kernel, {"n": 7})])
        return (await channel.get_msg(timeout=5))["content"]["n"]

    assert talk(conversation) == 7


def test_what_is_no_message_is_an_error(talk: Callable) -> None:
    async def conversation(channel: Channel, theirs: zmq.asyncio.Socket) -> None:
        await theirs.send_multipart([b"hello"])
        with pytest.raises(ValueError, match="not in list"):
            await channel.get_msg(timeout=5)

    talk(conversation)

"""Jupyter's client as far as the grader needs it: what is left out is what Jupyter does for front ends."""

from __future__ import annotations

import asyncio
import time
from hmac import compare_digest
from queue import Empty
from typing import Any

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.session import Session
from traitlets import Type

START_SECONDS = 90


class PlainSession(Session):
    """Reads messages and leaves the times in them as text: Jupyter turns three into objects for each message."""

    def deserialize(self, msg_list: list[bytes], content: bool = True, copy: bool = True) -> dict[str, Any]:  # type: ignore[override]
        """Take a message apart.

        Parameters
        ----------
        msg_list : list of bytes
            Signature, header, the header of what it answers, metadata, content, and what is not JSON.
        content, copy
            As Jupyter has them; only the usual ones are used here.

        Raises
        ------
        ValueError
            If it is no message, its signature is wrong, or one with this signature has been there before.
        """
        signature, *parts = msg_list
        if self.auth is not None:
            if signature in self.digest_history:
                raise ValueError("a message that was there before")
            if not compare_digest(signature, self.sign(parts[:4])):
                raise ValueError("a message with a wrong signature")
            self._add_digest(signature)
        header, parent, metadata, body = (self.unpack(part) for part in parts[:4])
        return {
            "header": header,
            "msg_id": header["msg_id"],
            "msg_type": header["msg_type"],
            "parent_header": parent,
            "metadata": metadata,
            "content": body,
            "buffers": [memoryview(part) for part in parts[4:]],
        }


class Channel(AsyncZMQSocketChannel):
    """Waits for a message once, where Jupyter's own waits until there is one and then for it."""

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:  # type: ignore[override]
        """The next message; `queue.Empty` if there is none for `timeout` seconds."""
        assert self.socket is not None
        coming = self.socket.recv_multipart()
        try:
            frames = await (coming if timeout is None else asyncio.wait_for(coming, timeout))
        except TimeoutError:
            raise Empty from None
        return self.session.deserialize(self.session.feed_identities(frames)[1])


class KernelClient(AsyncKernelClient):
    """Ready as soon as the kernel answers; Jupyter's own client waits 0.2 s longer to see whether more is said.

    It has no heartbeat, as the grader sees the process itself, and no channel for input, of which cells get none.
    """

    shell_channel_class = Type(Channel)
    iopub_channel_class = Type(Channel)

    def start_channels(self, *args: Any, **kwargs: Any) -> None:
        """Start those that are used."""
        super().start_channels(stdin=False, hb=False)

    def stop_channels(self) -> None:
        """Stop those that were started; Jupyter's own client would make the others for it."""
        for channel in (self.shell_channel, self.iopub_channel, self.control_channel):
            if channel.is_alive():
                channel.stop()

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until a question is answered and its course is seen on the channel of outputs, too."""
        deadline = time.monotonic() + (timeout or START_SECONDS)
        while time.monotonic() < deadline:
            asked = self.kernel_info()
            if await self._seen(self.shell_channel, asked, 1.0) and await self._seen(self.iopub_channel, asked, 0.3):
                return
            if not await self._async_is_alive():
                raise RuntimeError("it ended before it answered")
        raise RuntimeError(f"it did not answer in {timeout:.0f} s")

    async def _seen(self, channel: Any, asked: str, seconds: float) -> bool:
        """Whether the last word on a question comes within some seconds."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                message = await channel.get_msg(timeout=left)
            except Empty:
                return False
            if message["parent_header"].get("msg_id") == asked and (
                message["msg_type"] == "kernel_info_reply" or message["content"].get("execution_state") == "idle"
            ):
                return True
        return False

    wait_for_ready = _async_wait_for_ready

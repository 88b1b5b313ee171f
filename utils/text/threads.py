"""How many threads PyTorch uses for small models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """For a while, let PyTorch use one thread on the CPU, then as many as before.

    The steps of small models are so short that a second thread saves little. On a machine that is busy with other work
    it costs a lot: every step waits until both threads have had their turn.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

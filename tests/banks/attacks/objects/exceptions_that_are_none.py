"""Raises what is no ordinary exception: SystemExit, GeneratorExit, CancelledError, StopIteration, groups of them."""
# kind: cell
import asyncio
import itertools

kinds = itertools.cycle([
    SystemExit, GeneratorExit, asyncio.CancelledError, StopIteration, StopAsyncIteration, KeyboardInterrupt,
    lambda: BaseExceptionGroup("all", [SystemExit(), KeyboardInterrupt()]),
])  # fmt: skip


def raises(*args, **kwargs):
    raise next(kinds)()


take_over(raises)

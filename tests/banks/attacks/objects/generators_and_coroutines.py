"""Functions that are generators, coroutines, classes and partial objects instead."""
# kind: cell
import functools


class Step:
    def __new__(cls, *args):
        return (yields(), waits())


async def waits(*args):
    return 1


def yields(*args):
    yield 1


take_over(waits)
take_over(functools.partial(Step, 1))

"""Objects whose `__array__` raises, lies about its type, or returns something else at each call."""
# kind: cell
import random


class Moody:
    def __array__(self, *args, **kwargs):
        raise random.choice([RuntimeError, KeyboardInterrupt, SystemExit, MemoryError])()

    __array_interface__ = property(lambda self: {"shape": (1 << 60,), "typestr": "<f8", "data": (0, False), "version": 3})


take_over(lambda *args, **kwargs: (Moody(),) * (5 if len(args) == 2 else 2))

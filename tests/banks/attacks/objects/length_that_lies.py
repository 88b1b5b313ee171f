"""Tuples and lists whose length, items and iteration contradict each other, or never end."""
# kind: cell
import itertools


class Endless(tuple):
    __len__ = lambda self: 2
    __iter__ = lambda self: itertools.repeat(self)
    __getitem__ = lambda self, at: self


class NegativeList(list):
    __len__ = lambda self: -1
    __iter__ = lambda self: iter(int, 1)


take_over(lambda *args, **kwargs: Endless((1, 2)) if len(args) == 5 else NegativeList([1] * 5))

"""Overflows the stack, Python's and that of the machine."""
# kind: cell
import sys

sys.setrecursionlimit(2**31 - 1)
deep = ()
for _ in range(3_000_000):
    deep = (deep,)
hash(deep)

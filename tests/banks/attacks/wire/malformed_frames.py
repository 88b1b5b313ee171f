"""Answers with frames that are no message: empty, not JSON, half a text, too many."""
# kind: cell
import itertools

from autograder.kernel.responder import Responder

bad = itertools.cycle([[], [b""], [b"\xff\xfe"], [b"{"], [b"null"], [b'{"k":"dict","v":[["status","ok"]]}'],
                       [b'{"k":"__init__"}'], [b"[" * 50_000], [b"x"] * 3000, [b'{"k":["dict"]}']])  # fmt: skip
Responder.answer = lambda self, frames: next(bad)

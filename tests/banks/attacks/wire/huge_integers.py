"""Puts integers of a million digits into the reply, tagged and bare."""
# kind: cell
import itertools

from autograder.kernel.responder import Responder

digits = b"9" * 1_000_000
value = b'{"k":"dict","v":[["status","ok"],["value",%s]]}'
bad = itertools.cycle([value % digits, value % (b'{"k":"int","v":"0x' + digits + b'"}'), value % (b"1e" + digits)])
Responder.answer = lambda self, frames: [next(bad)]

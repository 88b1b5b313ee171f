"""Answers with lists in lists, deeper than a reader's stack."""
# kind: cell
import itertools

from autograder.kernel.responder import Responder

bare = b"[" * 39_000 + b"]" * 39_000
tagged = b'{"k":"list","v":[' * 19_000 + b"1.0" + b"]}" * 19_000
bad = itertools.cycle([bare, tagged])
Responder.answer = lambda self, frames: [next(bad)]

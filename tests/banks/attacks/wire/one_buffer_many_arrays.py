"""A small message whose ten thousand arrays all name the same buffer, to fill the grader's memory."""
# kind: cell
import json

from autograder.kernel.responder import Responder

size = 32 * 2**20
array = {"k": "array", "dtype": "|u1", "shape": [size], "order": "C", "b": 0}
value = {"k": "dict", "v": [["status", "ok"], ["value", {"k": "list", "v": [array] * 9000}]]}
frames = [json.dumps(value).encode(), bytes(size)]
Responder.answer = lambda self, request: frames

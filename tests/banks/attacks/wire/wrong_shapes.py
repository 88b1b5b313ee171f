"""Headers with shapes that do not fit: negative, enormous, of many axes, of fractions."""
# kind: cell
import itertools
import json

from autograder.kernel.responder import Responder

shapes = itertools.cycle([[-1], [2**62, 2**62], [0, 2**62], [1] * 40, [1.5], ["3"], [True], [2**40 - 1, 0], None, {}])


def answer(self, frames):
    array = {"k": "array", "dtype": "<f8", "shape": next(shapes), "order": "C", "b": 0}
    value = {"k": "tuple", "v": [array, array]}
    return [json.dumps({"k": "dict", "v": [["status", "ok"], ["value", value]]}).encode(), bytes(8)]


Responder.answer = answer

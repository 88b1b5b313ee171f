"""Makes up handles, with numbers of other objects and with names that are markup."""
# kind: cell
import itertools

from autograder.kernel import wire
from autograder.kernel.responder import Responder
from autograder.kernel.wire import Handle

numbers = itertools.cycle([0, 1, 2, 7, 2**62, -1, 2**80])


def answer(self, frames):
    handle = Handle(next(numbers), "<img src=x onerror=alert(1)>")
    return wire.dumps({"status": "ok", "value": (handle, handle)})


Responder.answer = answer

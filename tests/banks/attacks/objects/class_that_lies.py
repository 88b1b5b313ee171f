"""Objects that claim to be arrays, tuples or handles."""
# kind: cell
import numpy
from autograder.kernel.wire import Handle


class Liar:
    def __init__(self, kind):
        object.__setattr__(self, "kind", kind)

    __class__ = property(lambda self: self.kind)
    dtype = numpy.dtype("f8")
    shape = (2, 4)


take_over(lambda *args, **kwargs: (Liar(numpy.ndarray), Liar(tuple), Liar(Handle), Liar(float), Liar(int))[: len(args)])

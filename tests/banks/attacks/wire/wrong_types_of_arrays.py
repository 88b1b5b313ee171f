"""Arrays of objects, texts, dates, records and complex numbers."""
# kind: cell
import itertools

import numpy

kinds = itertools.cycle(["O", "U5", "M8[s]", "c16", [("a", "f8"), ("b", "O")], "S3", "?", "u1", "f2", "V8"])
take_over(lambda *args: tuple(numpy.empty((2, 4), dtype=next(kinds)) for _ in range(5 if len(args) == 2 else 2)))

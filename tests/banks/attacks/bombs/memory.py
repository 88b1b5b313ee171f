"""Takes memory without end."""
# kind: cell
import numpy

kept = []
for _ in range(48):
    kept.append(numpy.ones(2**23))
got_it("3 GiB of memory")

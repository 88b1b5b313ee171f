"""Appends to the files of NumPy, IPython and the course's package."""
# kind: cell
import IPython
import numpy
import utils.checks

for module in (numpy, IPython, utils.checks):
    try:
        with open(module.__file__, "a") as file:
            file.write("\n")
        got_it(module.__file__)
    except OSError:
        pass

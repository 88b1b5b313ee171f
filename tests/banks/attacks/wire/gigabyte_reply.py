"""Returns an array of half a gigabyte, and then sends one past the check of its size."""
# kind: cell
import numpy
from autograder.kernel import wire

wire._check_size = lambda frames: None
take_over(lambda *args: (numpy.zeros(2**26), numpy.zeros(2**20)))

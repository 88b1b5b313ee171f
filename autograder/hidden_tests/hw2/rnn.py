"""Hidden tests of problem 3: the tests of `common`, and what is particular to sequences."""

from __future__ import annotations

from autograder.hidden_tests.hw2.common import backward_tests, forward_tests
from autograder.hidden_tests.hw2.layers import RNN, RNN_STEP
from autograder.hidden_tests.hw2.sequences import sequence_tests
from autograder.testing import needs

forward_tests(RNN_STEP)
backward_tests(RNN_STEP)

forward_tests(RNN)
backward_tests(RNN)
sequence_tests(RNN)

needs("rnn_forward", "rnn_step_forward")
needs("rnn_backward", "rnn_step_forward", "rnn_step_backward")

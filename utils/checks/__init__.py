"""The visible checks, one for each function that a student writes.

A check calls the function, shows a short table of what is right and what is not, and raises `CheckError` if a line of
it is wrong.
"""

from utils.checks.lstm import (
    check_lstm_backward,
    check_lstm_forward,
    check_lstm_step_backward,
    check_lstm_step_forward,
)
from utils.checks.rnn import (
    check_rnn_backward,
    check_rnn_forward,
    check_rnn_step_backward,
    check_rnn_step_forward,
)
from utils.checks.table import CheckError

__all__ = [
    "CheckError",
    "check_lstm_backward",
    "check_lstm_forward",
    "check_lstm_step_backward",
    "check_lstm_step_forward",
    "check_rnn_backward",
    "check_rnn_forward",
    "check_rnn_step_backward",
    "check_rnn_step_forward",
]

"""Calls the display hook with a number from inside the tested function, which elsewhere becomes the cell's score."""
# kind: cell
import sys


def shows_a_score(*args, **kwargs):
    sys.displayhook(15.0)
    raise SystemExit


take_over(shows_a_score)

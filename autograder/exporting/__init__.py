"""Scores on their way out: CSV by problem, Canvas's gradebook, Gradescope's results and its autograder."""

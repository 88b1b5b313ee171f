"""nbgrader's settings; all of them are made in autograder/nbgrader_settings.py, where they are explained."""

from pathlib import Path

from autograder.nbgrader_settings import configure

c = get_config()  # noqa: F821
configure(c, Path(__file__).resolve().parent)

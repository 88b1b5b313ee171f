"""A second name for somebody else's notebook, which is no link that could be seen."""
# kind: folder
# hard links can be made only by those who have the file already, so the score of the file itself is no gain
import os


def change(folder):
    os.link(f"{COURSE}/release/hw2/3_rnn.ipynb", folder / "other.ipynb")
    os.link(f"{COURSE}/nbgrader_config.py", folder / "notes.txt")

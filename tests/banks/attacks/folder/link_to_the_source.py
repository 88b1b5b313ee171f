"""Hands in a relative link to the instructors' notebook."""
# kind: folder


def change(folder):
    (folder / "3_rnn.ipynb").unlink()
    (folder / "3_rnn.ipynb").symlink_to("../../../source/hw2/3_rnn.ipynb")

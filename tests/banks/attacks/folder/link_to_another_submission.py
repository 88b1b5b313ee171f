"""Hands in a link to somebody else's notebook."""
# kind: folder


def change(folder):
    (folder / "3_rnn.ipynb").unlink()
    (folder / "3_rnn.ipynb").symlink_to(f"{COURSE}/submitted/neighbour/hw2/3_rnn.ipynb")

"""The notebook itself is a named pipe."""
# kind: folder
import os


def change(folder):
    (folder / "3_rnn.ipynb").unlink()
    os.mkfifo(folder / "3_rnn.ipynb")

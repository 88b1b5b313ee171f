"""A named pipe, which whoever opens it for reading waits for."""
# kind: folder
import os


def change(folder):
    os.mkfifo(folder / "notes.txt")
    os.mkfifo(folder / "4_lstm.ipynb")

"""Adds notebooks under names that look like those that are graded."""
# kind: folder
import shutil


def change(folder):
    for name in ("3_RNN.ipynb", "3_rnn.ipynb.ipynb", "3_rnn (1).ipynb", "5_bonus.ipynb", ".ipynb", "3_rnn\n.ipynb"):
        shutil.copy(folder / "3_rnn.ipynb", folder / name)
    (folder / "sub").mkdir()
    shutil.copy(folder / "3_rnn.ipynb", folder / "sub" / "3_rnn.ipynb")

"""A folder under the name of the notebook."""
# kind: folder


def change(folder):
    (folder / "3_rnn.ipynb").unlink()
    (folder / "3_rnn.ipynb").mkdir()
    (folder / "3_rnn.ipynb" / "3_rnn.ipynb").write_text("{}")

"""Something else under the notebook's name: bytes that are no text."""
# kind: folder


def change(folder):
    (folder / "3_rnn.ipynb").write_bytes(bytes(range(256)) * 50)

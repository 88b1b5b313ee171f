"""A folder under the name of the feedback page, so that the page cannot be written."""
# kind: folder


def change(folder):
    (folder / "3_rnn.html").mkdir()
    (folder / "3_rnn.html" / "x.txt").write_text("x")

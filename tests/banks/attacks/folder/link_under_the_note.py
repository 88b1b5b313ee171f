"""Has a second link lie ready where the grader writes down that it found the first."""
# kind: folder


def change(folder):
    for name in ("a", "a.link.txt", "a.link.txt.link.txt"):
        (folder / name).symlink_to(f"{COURSE}/release/hw2/3_rnn.ipynb")
    (folder / "b").symlink_to(f"{COURSE}/gradebook.db")
    (folder / "b.link.txt").symlink_to(f"{HOME}/secret.txt")

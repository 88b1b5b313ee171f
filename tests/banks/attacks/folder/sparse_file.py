"""A file that says it has a hundred gigabytes."""
# kind: folder


def change(folder):
    with (folder / "3_rnn.ipynb").open("r+b") as file:
        file.truncate(100 * 2**30)

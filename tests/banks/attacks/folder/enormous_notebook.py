"""A notebook of a hundred megabytes."""
# kind: folder


def change(folder):
    with (folder / "3_rnn.ipynb").open("ab") as file:
        for _ in range(100):
            file.write(b" " * 2**20)

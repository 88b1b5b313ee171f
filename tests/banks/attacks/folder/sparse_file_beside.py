"""A file beside the notebook that says it has ten gigabytes, to be copied with the rest."""
# kind: folder
# ungraded: more than can be copied waits for a person, who is told what to do


def change(folder):
    with (folder / "data.bin").open("wb") as file:
        file.truncate(10 * 2**30)

"""The time stamp is a folder."""
# kind: folder
# ungraded: a submission with a broken time stamp waits for a person, who is told what to do


def change(folder):
    (folder / "timestamp.txt").mkdir()

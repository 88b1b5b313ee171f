"""A time stamp that is no time."""
# kind: folder
# ungraded: a submission with a broken time stamp waits for a person, who is told what to do


def change(folder):
    (folder / "timestamp.txt").write_bytes(b"99999999999999-13-45 25:61:61 EASTER\xff\xfe" + b"0" * 100_000)

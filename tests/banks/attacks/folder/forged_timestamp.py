"""Says that it was handed in a thousand years ago."""
# kind: folder


def change(folder):
    (folder / "timestamp.txt").write_text("1027-01-01 00:00:00 UTC")

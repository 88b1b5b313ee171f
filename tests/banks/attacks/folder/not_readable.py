"""Files and folders without any permissions."""
# kind: folder


def change(folder):
    (folder / "closed").mkdir()
    (folder / "closed" / "file.txt").write_text("x")
    (folder / "notes.txt").write_text("x")
    (folder / "notes.txt").chmod(0)
    (folder / "closed").chmod(0)

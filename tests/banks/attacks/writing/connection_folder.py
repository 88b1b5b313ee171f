"""Puts its own files and links between the grader and the kernel's sockets."""
# kind: cell
import glob
import os

folder = os.path.dirname(os.path.realpath(get_ipython().kernel.parent.abs_connection_file))
for name in ("connection.json", "s-1", "s-2"):
    for act in (os.unlink, lambda path: os.rename(path, path + "x"), lambda path: os.symlink("/etc/passwd", path + "y")):
        try:
            act(os.path.join(folder, name))
            got_it(name)
        except OSError:
            pass
try:
    with open(os.path.join(folder, MARK), "wb") as file:
        file.write(bytes(2**20))
    got_it("stored a file beside the sockets")
except OSError:
    pass

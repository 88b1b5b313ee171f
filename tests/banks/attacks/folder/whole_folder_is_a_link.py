"""Lets the folder of its submission be a link to somebody else's."""
# kind: folder
# ungraded: a link in place of a submission waits for a person, who is told what to do
import shutil


def change(folder):
    shutil.rmtree(folder)
    folder.symlink_to(f"{COURSE}/submitted/neighbour/hw2", target_is_directory=True)

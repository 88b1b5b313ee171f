"""The time stamp is a named pipe."""
# kind: folder
# ungraded: a submission with a broken time stamp waits for a person, who is told what to do
import os


def change(folder):
    os.mkfifo(folder / "timestamp.txt")

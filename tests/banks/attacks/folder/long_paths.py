"""Folders in folders, until their path is longer than the system takes."""
# kind: folder
# ungraded: nothing that reads these folders can; it waits for a person, who is told why
import os


def change(folder):
    here = os.getcwd()
    os.chdir(folder)
    try:
        for _ in range(30):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
    finally:
        os.chdir(here)

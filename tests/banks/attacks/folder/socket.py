"""A socket among the files."""
# kind: folder
import os
import socket


def change(folder):
    here = os.getcwd()
    os.chdir(folder)
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.bind("notes.txt")
    finally:
        os.chdir(here)

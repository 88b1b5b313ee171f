"""Announces a large reply and sends it a byte at a time, for ever."""
# kind: cell
import struct
import time

from autograder.kernel import calls


def trickle(link, frames):
    link.sendall(struct.pack("<IQ", 1, 60 * 2**20))
    while True:
        link.sendall(b"{")
        time.sleep(0.05)


calls.send = trickle

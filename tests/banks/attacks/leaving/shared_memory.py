"""Leaves shared memory of each kind behind, for the next one or to fill the machine."""
# kind: cell
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
if libc.shmget(0x7A7A, 2**20, 0o1666) >= 0:
    got_it("System V shared memory")
if libc.msgget(0x7A7A, 0o1666) >= 0:
    got_it("a message queue")
try:
    with open(f"/dev/shm/{MARK}", "wb") as file:
        file.write(bytes(2**20))
    if not os.path.realpath("/dev/shm").startswith(os.path.realpath(os.getcwd())):
        got_it("/dev/shm")
except OSError:
    pass

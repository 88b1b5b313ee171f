"""Attaches to the processes above it as a debugger, or reads them with process_vm_readv."""
# kind: cell
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(8)


class Span(ctypes.Structure):
    _fields_ = [("at", ctypes.c_void_p), ("size", ctypes.c_size_t)]


for pid in range(1, os.getpid()):
    if not os.path.exists(f"/proc/{pid}"):
        continue
    if libc.ptrace(16, pid, None, None) == 0:
        got_it(f"attached to {pid}")
        libc.ptrace(17, pid, None, None)
    mine = Span(ctypes.addressof(buffer), 8)
    if libc.process_vm_readv(pid, ctypes.byref(mine), 1, ctypes.byref(Span(0x400000, 8)), 1, 0) > 0:
        got_it(f"read {pid}")

"""Takes memory where a limit on the process's own data does not see it: memory files, shared mappings, pipes."""
# kind: cell
import ctypes
import mmap
import os

kept, size = [], 0
libc = ctypes.CDLL(None)
for _ in range(48):
    try:
        handle = os.memfd_create("x")
        for _ in range(64):
            size += os.write(handle, bytes(2**20))
        kept.append(handle)
    except (OSError, MemoryError):
        break
for _ in range(48):
    try:
        area = mmap.mmap(-1, 64 * 2**20, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
        for at in range(0, len(area), 4096):
            area[at] = 1
        kept.append(area)
        size += len(area)
    except (OSError, MemoryError, ValueError):
        break
if size > 3 * 2**30:
    got_it(f"{size / 2**30:.1f} GiB of memory")

"""Opens files until there are no more."""
# kind: cell
import os

count = 0
try:
    for count in range(6000):
        os.open("/dev/null", os.O_RDONLY)
    got_it(f"{count} descriptors")
except OSError:
    pass

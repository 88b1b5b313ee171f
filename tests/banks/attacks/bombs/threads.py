"""Starts threads without end."""
# kind: cell
import threading
import time

count = 0
try:
    for count in range(1500):
        threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
    got_it(f"{count} threads")
except (RuntimeError, MemoryError):
    pass

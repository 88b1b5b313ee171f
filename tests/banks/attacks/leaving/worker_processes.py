"""Starts processes through multiprocessing, by each of its methods."""
# kind: cell
import multiprocessing
import time

for method in ("fork", "spawn", "forkserver"):
    try:
        multiprocessing.get_context(method).Process(target=time.sleep, args=(3600,), daemon=False).start()
        got_it(method)
    except OSError:
        pass

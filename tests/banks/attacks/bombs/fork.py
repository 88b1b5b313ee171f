"""Starts processes without end."""
# kind: cell
import os
import signal
import time

children = []
try:
    for _ in range(300):
        child = os.fork()
        if child == 0:
            time.sleep(30)
            os._exit(0)
        children.append(child)
except OSError:
    pass
if len(children) > 100:
    got_it(f"{len(children)} processes")
for child in children:
    os.kill(child, signal.SIGKILL)

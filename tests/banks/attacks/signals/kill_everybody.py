"""Sends a signal to its process group, to every process that it may reach, and to random numbers."""
# kind: cell
import os
import signal

for target in (0, -1, *range(2, 400)):
    try:
        if target != os.getpid():
            os.kill(target, signal.SIGUSR2 if target <= 0 else 0)
            got_it(f"signalled {target}")
    except OSError:
        pass

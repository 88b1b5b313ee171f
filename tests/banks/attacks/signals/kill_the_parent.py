"""Kills the process that started it, and the ones above."""
# kind: cell
import os
import signal

for pid in {os.getppid(), 1}:
    try:
        if pid > 1 or os.getpid() > 1:
            os.kill(pid, signal.SIGKILL)
            got_it(f"killed {pid}")
    except OSError:
        pass

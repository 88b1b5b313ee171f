"""Leaves a process behind that has cut all its ties."""
# kind: cell
import os
import time

try:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp("python3", ["python3", "-c", "import time; time.sleep(3600)", MARK])
        os._exit(0)
    time.sleep(0.5)
    got_it("started a daemon")
except OSError:
    pass

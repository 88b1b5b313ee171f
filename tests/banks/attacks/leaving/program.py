"""Starts a program that goes on when the notebook has ended."""
# kind: cell
import subprocess
import sys

try:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)", MARK], start_new_session=True)
    got_it("started a program")
except OSError:
    pass

"""Becomes another program, under the number that the grader knows."""
# kind: cell
import os

try:
    os.execvp("python3", ["python3", "-c", f"import time; time.sleep(60) # {MARK}"])
except OSError:
    pass

"""Leaves threads running that never end, so that the process cannot either."""
# kind: cell
import threading
import time


def run():
    while True:
        try:
            time.sleep(3600)
        except BaseException:
            pass


for _ in range(20):
    threading.Thread(target=run, daemon=False).start()

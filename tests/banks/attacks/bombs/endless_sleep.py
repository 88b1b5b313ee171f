"""Sleeps, with interrupts switched off."""
# kind: cell
import signal
import time

signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGXCPU})
deadline = time.monotonic() + 3600
while time.monotonic() < deadline:
    try:
        time.sleep(3600)
    except BaseException:
        pass

"""Sets timers and alarms that go off in the middle of what comes later."""
# kind: cell
import signal
import threading


def later(*args):
    raise SystemExit


signal.signal(signal.SIGALRM, later)
signal.setitimer(signal.ITIMER_REAL, 0.5, 0.05)
threading.Timer(1, later).start()
get_ipython().kernel.io_loop.call_later(0.2, later) if hasattr(get_ipython().kernel, "io_loop") else None

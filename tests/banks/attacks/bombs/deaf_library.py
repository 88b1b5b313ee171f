"""Is inside a library's loop, where an interrupt is not looked at."""
# kind: cell
import re

re.match(r"(a+)+$", "a" * 40 + "b")

"""Markup in the name, the text and the traceback of an exception, and in printed lines."""
# kind: cell
import sys

markup = "<script>owned('error')</script><img src=x onerror=owned('error')>"
print(markup, "\x1b[31m" + markup + "\x1b[0m", "\x1b]8;;javascript:owned('terminal')\x07x\x1b]8;;\x07")
print(markup, file=sys.stderr)
raise type(markup, (Exception,), {})(markup)

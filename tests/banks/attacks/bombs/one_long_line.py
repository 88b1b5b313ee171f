"""Raises an exception whose text, name and traceback are enormous."""
# kind: cell
raise type("E" * 5_000_000, (Exception,), {"__str__": lambda self: "x" * 20_000_000})()

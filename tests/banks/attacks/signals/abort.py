"""Crashes its process: aborts, and writes where there is no memory."""
# kind: cell
import ctypes

ctypes.string_at(0)

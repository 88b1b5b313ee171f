"""Ends its process with success, at once and without tidying up."""
# kind: cell
import os

os._exit(0)

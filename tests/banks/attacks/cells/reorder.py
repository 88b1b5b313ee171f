"""Puts the cells into the opposite order, tests before the functions that they test."""
# kind: notebook


def change(notebook):
    notebook["cells"].reverse()

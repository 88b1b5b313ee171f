"""Leaves not one cell."""
# kind: notebook


def change(notebook):
    notebook["cells"] = []

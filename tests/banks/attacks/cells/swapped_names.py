"""Gives the names of the test cells to cells of its own, and the tests the names of the setup."""
# kind: notebook


def change(notebook):
    named = [cell for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
    names = [cell["metadata"]["nbgrader"]["grade_id"] for cell in named]
    for cell, name in zip(named, names[1:] + names[:1]):
        cell["metadata"]["nbgrader"]["grade_id"] = name

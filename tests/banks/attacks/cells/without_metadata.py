"""Takes nbgrader's metadata off every cell, and the cells' ids as well."""
# kind: notebook


def change(notebook):
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)

"""Replaces the source of every test cell by a number."""
# kind: notebook


def change(notebook):
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade") and cell["cell_type"] == "code":
            cell["source"] = "15.0"

"""Has every solution cell three times under one name."""
# kind: notebook
import copy


def change(notebook):
    cells = []
    for cell in notebook["cells"]:
        cells.append(cell)
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cells += [copy.deepcopy(cell), copy.deepcopy(cell)]
    notebook["cells"] = cells

"""Has every test cell twice, the first time with a source of its own; elsewhere this stops the whole run."""
# kind: notebook
import copy


def change(notebook):
    cells = []
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            twin = copy.deepcopy(cell)
            twin["source"] = "15.0"
            twin["id"] = f"twin{len(cells)}"
            cells.append(twin)
        cells.append(cell)
    notebook["cells"] = cells

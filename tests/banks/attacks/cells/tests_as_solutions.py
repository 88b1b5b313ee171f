"""Says that the test cells are solutions, whose text is the student's."""
# kind: notebook


def change(notebook):
    for cell in notebook["cells"]:
        meta = cell["metadata"].get("nbgrader", {})
        if meta.get("grade") and cell["cell_type"] == "code":
            meta.update(solution=True, locked=False)
            cell["source"] = "pass"

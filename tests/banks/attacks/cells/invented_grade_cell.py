"""Adds a test cell of its own that is worth a hundred points."""
# kind: notebook


def change(notebook):
    meta = {
        "grade": True, "grade_id": "bonus", "locked": True, "points": 100, "schema_version": 3, "solution": False,
        "task": False,
    }  # fmt: skip
    cell = {"cell_type": "code", "id": "bonus", "source": "100.0", "outputs": [], "execution_count": None}
    notebook["cells"].append({**cell, "metadata": {"nbgrader": meta}})

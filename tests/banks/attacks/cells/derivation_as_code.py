"""Turns the derivations, which people grade, into code cells whose output is a score."""
# kind: notebook


def change(notebook):
    for cell in notebook["cells"]:
        meta = cell["metadata"].get("nbgrader", {})
        if meta.get("grade_id", "").startswith("derive_"):
            meta["solution"] = False
            shown = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "3"}}
            cell.update(cell_type="code", source="3.0", execution_count=1, outputs=[shown])

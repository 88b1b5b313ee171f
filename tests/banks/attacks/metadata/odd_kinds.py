"""Numbers, texts and lists where the format wants objects."""
# kind: notebook


def change(notebook):
    notebook["nbformat"] = 10**30
    notebook["nbformat_minor"] = "five"
    notebook["metadata"] = {"kernelspec": 5, "language_info": ["python"], "widgets": {"a": None}, "authors": 3}
    odd = [None, 5, "cell", [], {}, {"cell_type": "code"}, {"cell_type": ["code"], "source": 5, "metadata": "no"}]
    notebook["cells"] = [*odd, *notebook["cells"], *odd]
    notebook["cells"][8]["metadata"]["nbgrader"] = ["a", "list"]
    notebook["cells"][9]["metadata"]["nbgrader"] = {"grade_id": {"a": 1}, "points": []}
    notebook["cells"][10]["source"] = {"lines": 5}

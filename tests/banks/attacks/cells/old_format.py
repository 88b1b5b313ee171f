"""Hands in nbformat 3, whose cells lie in worksheets and have other field names."""
# kind: notebook


def change(notebook):
    cells = [
        {"cell_type": "code", "language": "python", "input": "15.0", "outputs": [], "metadata": cell["metadata"]}
        for cell in notebook["cells"]
    ]
    notebook.clear()
    notebook.update(nbformat=3, nbformat_minor=0, metadata={"name": ""}, worksheets=[{"cells": cells, "metadata": {}}])

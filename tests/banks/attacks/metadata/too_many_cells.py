"""A hundred thousand cells."""
# kind: notebook


def change(notebook):
    cell = {"cell_type": "code", "source": "1", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"] += [cell] * 100_000

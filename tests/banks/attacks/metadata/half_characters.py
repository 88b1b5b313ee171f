"""Half characters and zero bytes in sources, names and ids, which can be neither written nor run."""
# kind: notebook


def change(notebook):
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = "x = '\ud800'\0\n" + "".join(cell["source"])
            cell["id"] = "\udfff"
    cell = {"cell_type": "markdown", "id": "\0", "source": "\ud83d", "metadata": {"\ud800": "\udc00"}}
    notebook["cells"].insert(0, {**cell, "attachments": {"\ud800.png": {"image/png": "AAAA"}}})

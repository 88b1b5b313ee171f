"""Tags all cells as ones that are meant to raise, and hides their outputs."""
# kind: notebook


def change(notebook):
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["raises-exception", "remove-output", "remove_cell", "hide-input"]
        cell["metadata"]["jupyter"] = {"outputs_hidden": True, "source_hidden": True}

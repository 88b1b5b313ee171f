"""Claims points of odd kinds: negative, NaN, a text, a list."""
# kind: notebook


def change(notebook):
    odd = [-5, float("nan"), float("inf"), "15", [15], None, True, 10**400]
    for at, cell in enumerate(notebook["cells"]):
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["points"] = odd[at % len(odd)]

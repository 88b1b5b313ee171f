"""Names of test cells with a blank, a look-alike letter or a zero byte in them."""
# kind: notebook


def change(notebook):
    for at, cell in enumerate(notebook["cells"]):
        meta = cell["metadata"].get("nbgrader", {})
        if meta.get("grade_id", "").startswith("test_"):
            meta["grade_id"] = (f"{meta['grade_id']} ", meta["grade_id"].replace("e", "\u0435"), "test_\0")[at % 3]
            cell["source"] = "15.0"

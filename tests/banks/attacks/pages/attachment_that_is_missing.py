"""Refers to attachments that are not there, which elsewhere stops the making of pages."""
# kind: notebook


def change(notebook):
    add_markdown(notebook, "![x](attachment:nothing.png) ![y](attachment:) <img src='attachment:nothing.png'>")
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id", "").startswith("derive_"):
            cell["source"] = "![x](attachment:nothing.png)"

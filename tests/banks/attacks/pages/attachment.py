"""Attachments that are no pictures, and names of attachments that are markup."""
# kind: notebook


def change(notebook):
    svg = "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIG9ubG9hZD0ib3duZWQoJ2F0dGFjaG1lbnQnKSIvPg=="
    name = "x\" onerror=\"owned('name')"
    attachments = {"a.svg": {"image/svg+xml": svg}, "b.png": {"image/png": svg, "text/html": "<script>owned(1)</script>"},
                   name: {"image/png": "iVBORw0KGgo="}, "d.png": {"image/png\" onerror=\"owned('kind')": "iVBORw0KGgo="}}  # fmt: skip
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id", "").startswith("derive_"):
            cell["attachments"] = attachments
            cell["source"] = "\n".join(f"![x](attachment:{name})" for name in attachments)

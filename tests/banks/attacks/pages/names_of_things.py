"""Markup in the ids, tags and titles of a notebook."""
# kind: notebook


def change(notebook):
    markup = "\"><script>owned('name')</script>"
    notebook["metadata"].update(title=markup, authors=[{"name": markup}], widgets={markup: {"state": {}}})
    notebook["metadata"]["language_info"] = {"name": markup, "pygments_lexer": markup, "codemirror_mode": markup,
                                             "mimetype": markup, "version": markup}  # fmt: skip
    notebook["metadata"]["kernelspec"] = {"name": markup, "display_name": markup, "language": "python"}
    for cell in notebook["cells"]:
        cell["metadata"].update(tags=[markup], collapsed=markup, name=markup, slideshow={"slide_type": markup})
        cell["id"] = markup
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["comment"] = markup

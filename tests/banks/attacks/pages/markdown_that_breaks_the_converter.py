"""Markdown on which converters fail or take very long."""
# kind: notebook


def change(notebook):
    add_markdown(notebook, "[" * 3000 + "\n\n" + "*_" * 3000 + "\n\n" + "> " * 1000 + "x\n\n" + "`" * 3001)
    add_markdown(notebook, "```no-such-language\nx\n```\n\n```mermaid\n</pre><script>owned('mermaid')</script>\n```\n\n"
                 + "$$" + "{" * 5000 + "\n\n" + "\\begin{x}" * 500 + "\n\n" + "<b>" * 5000)  # fmt: skip

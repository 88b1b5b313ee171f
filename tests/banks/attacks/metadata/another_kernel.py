"""Asks for a kernel whose command is a shell."""
# kind: notebook


def change(notebook):
    notebook["metadata"]["kernelspec"] = {"name": "bash", "language": "bash", "display_name": "Bash"}
    notebook["metadata"]["language_info"] = {"name": "bash", "mimetype": "text/x-sh", "file_extension": ".sh"}

"""The first cell of a bundle's notebooks: on Google Colab it fetches the folder and installs what is missing.

Only the copies in a bundle have it; ``source/`` and ``release/`` stay as they are. A submission that brings it back has
one cell of its own more, which does nothing outside Colab.
"""

from __future__ import annotations

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

CELL_ID = "colab"
BADGE = "colab-badge.svg"
"""What the badge's picture is called in Markdown; `badge_picture` is put in its place."""

_SOURCE = """\
# On Google Colab: finds the folder {name} in your Drive{or_fetches} and installs what is missing.
# Anywhere else it does nothing.
import sys

if "google.colab" in sys.modules:
    import os
    from google.colab import drive

    drive.mount("/content/drive")
    folder = "/content/drive/MyDrive/{name}"
    if not os.path.isdir(f"{{folder}}/utils"):
{missing}
    os.chdir(folder)
    sys.path.insert(0, folder)
    from utils.colab import install_missing

    install_missing()"""

_UPLOAD = """\
        raise FileNotFoundError(
            f"{{folder}} is not there: unpack {name}.zip on your computer, upload the folder {name} to My Drive, "
            "and run this cell again"
        )"""

_FETCH = """\
        import subprocess

        subprocess.run(["git", "clone", "--depth", "1", "--branch", "{branch}", "{address}", folder], check=True)"""


def colab_cell(homework: str, github: str = "", branch: str = "main") -> NotebookNode:
    """Make the cell.

    Parameters
    ----------
    homework : str
        The name of the homework, and of its folder in the student's Drive.
    github : str
        ``owner/repository`` that holds the unpacked bundle for everybody; without one, students upload the folder.
    branch : str
        The branch of it.
    """
    address = f"https://github.com/{github}"
    missing = _FETCH.format(branch=branch, address=address) if github else _UPLOAD.format(name=homework)
    or_fetches = f" (or fetches it from {address})" if github else ""
    cell = new_code_cell(_SOURCE.format(name=homework, or_fetches=or_fetches, missing=missing), id=CELL_ID)
    cell.metadata["tags"] = ["colab"]
    return cell


def badge(notebook: str, github: str, branch: str = "main") -> str:
    """Markdown for the badge that opens a notebook of the public repository in Colab."""
    target = f"https://colab.research.google.com/github/{github}/blob/{branch}/{notebook}.ipynb"
    return f"[![Open {notebook} in Colab]({BADGE})]({target})"


def badge_picture() -> str:
    """The badge as an SVG; pages load nothing from elsewhere, so it is drawn here."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="112" height="22" role="img" aria-label="Open in Colab">'
        '<rect width="112" height="22" rx="4" fill="#4a4f59"/><circle cx="13" cy="11" r="4.5" fill="none" '
        'stroke="#f9ab00" stroke-width="2.5"/><circle cx="20" cy="11" r="4.5" fill="none" stroke="#f9ab00" '
        'stroke-width="2.5"/><text x="30" y="15" font-family="sans-serif" font-size="11" fill="#ffffff">Open in Colab'
        "</text></svg>"
    )

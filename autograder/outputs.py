"""Which outputs of a student's cell are kept: well formed, of a few harmless kinds, and not too many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

TEXTS = ("text/plain", "text/html", "text/markdown", "text/latex", "image/svg+xml")
PICTURES = ("image/png", "image/jpeg")


@dataclass
class OutputLimit:
    """How many more bytes of output one cell may keep."""

    left: int
    reported: bool = False

    def take(self, size: int) -> bool:
        """Whether an output of `size` still fits; if so, it is counted."""
        if size > self.left:
            return False
        self.left -= size
        return True


def take_output(message: dict[str, Any], cell: NotebookNode, limit: OutputLimit) -> None:
    """Append the output that a kernel's message carries to a cell, if there is one and it fits.

    Parameters
    ----------
    message : dict
        A message of the kernel's iopub channel, written by untrusted code.
    cell : NotebookNode
        The cell that is being run.
    limit : OutputLimit
        What may still be kept; where it ends, one line says so.
    """
    output = _read(message)
    if output is None:
        return
    if output.output_type == "stream" and len(output.text) > limit.left:
        _append(new_output("stream", name=output.name, text=output.text[: limit.left]), cell)
        limit.left = 0
    elif limit.take(len(str(output))):
        _append(output, cell)
        return
    if not limit.reported:
        limit.reported = True
        _append(new_output("stream", name="stdout", text="\n[more output than is kept; the rest is left out]\n"), cell)


def new_output(kind: str, **fields: Any) -> NotebookNode:
    """An output as nbformat makes it; the notebook is validated as a whole when it is written."""
    extra = {"metadata": NotebookNode()} if kind == "display_data" else {}
    return NotebookNode(output_type=kind, **fields, **extra)


def _append(output: NotebookNode, cell: NotebookNode) -> None:
    """Add an output; text of the same stream goes on where the last one ended."""
    last = cell.outputs[-1] if cell.outputs else None
    if output.output_type == "stream" and last is not None and last.get("name") == output.name:
        last["text"] += output.text
    else:
        cell.outputs.append(output)


def _read(message: dict[str, Any]) -> NotebookNode | None:
    kind, content = message.get("msg_type"), message.get("content")
    if not isinstance(content, dict):
        return None
    if kind == "stream":
        text = content.get("text")
        name = "stderr" if content.get("name") == "stderr" else "stdout"
        return new_output("stream", name=name, text=clean(text)) if isinstance(text, str) else None
    if kind == "error":
        lines = content.get("traceback")
        lines = [clean(line) for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
        name, value = (clean(str(content.get(key, ""))[:10_000]) for key in ("ename", "evalue"))
        return new_output("error", ename=name, evalue=value, traceback=lines)
    if kind in ("display_data", "execute_result"):
        data = content.get("data")
        if not isinstance(data, dict):
            return None
        kept = {mime: clean(data[mime]) for mime in TEXTS + PICTURES if isinstance(data.get(mime), str)}
        # Always a display: an `execute_result` is where nbgrader looks for a score.
        return new_output("display_data", data=NotebookNode(kept)) if kept else None
    return None


def clean(text: str) -> str:
    """Text that can be written as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")

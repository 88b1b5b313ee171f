"""Which outputs of a student's cell are kept: well formed, of a few harmless kinds, and not too many."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode

TEXTS = ("text/plain", "text/html", "text/markdown", "text/latex", "image/svg+xml")
PICTURES = ("image/png", "image/jpeg")
_CUT = "\n[more output than is kept; the rest is left out]\n"


class Outputs:
    """What a cell shows, as far as it is kept.

    Parameters
    ----------
    cell : NotebookNode
        The cell that is being run; its outputs are put into it.
    most : int
        How many bytes of them are kept. Where that ends, one line says so.
    """

    def __init__(self, cell: NotebookNode, most: int) -> None:
        self._cell = cell
        self._most = most
        self._left = most
        self._reported = False
        self._clear_next = False
        self._displays: dict[str, NotebookNode] = {}

    def take(self, message: dict[str, Any]) -> None:
        """Take a message of the kernel's iopub channel, written by untrusted code; ill-formed ones are ignored."""
        kind, content = message.get("msg_type"), message.get("content")
        if not isinstance(content, dict):
            return
        if kind == "clear_output":
            if content.get("wait"):
                self._clear_next = True
            else:
                self._clear()
            return
        output = _read(str(kind), content)
        if output is None:
            return
        name = _display_id(content)
        if kind == "update_display_data":
            self._update(name, output)
            return
        if self._clear_next:
            self._clear()
        if self._add(output) and name:
            self._displays[name] = output

    def _clear(self) -> None:
        """Forget what was shown, which then takes up no room."""
        self._cell.outputs.clear()
        self._displays.clear()
        self._left, self._reported, self._clear_next = self._most, False, False

    def _add(self, output: NotebookNode) -> bool:
        """Whether there is room for all of it."""
        if output.output_type == "stream" and len(output.text) > self._left:
            self._append(new_output("stream", name=output.name, text=output.text[: self._left]))
            self._left = 0
        elif self._fits(output):
            self._append(output)
            return True
        if not self._reported:
            self._reported = True
            self._append(new_output("stream", name="stdout", text=_CUT))
        return False

    def _update(self, name: str, output: NotebookNode) -> None:
        """Show an output in the place of an earlier one, as a progress display does; if it fits."""
        shown = self._displays.get(name)
        if shown is None:
            return
        self._left += len(str(shown))
        if self._fits(output):
            shown.data = output.data
        else:
            self._left -= len(str(shown))

    def _fits(self, output: NotebookNode) -> bool:
        """Whether there is room for an output; if so, it is taken."""
        size = len(str(output))
        if size > self._left:
            return False
        self._left -= size
        return True

    def _append(self, output: NotebookNode) -> None:
        """Add an output; text of the same stream goes on where the last one ended."""
        last = self._cell.outputs[-1] if self._cell.outputs else None
        if output.output_type == "stream" and last is not None and last.get("name") == output.name:
            last["text"] += output.text
        else:
            self._cell.outputs.append(output)


def new_output(kind: str, **fields: Any) -> NotebookNode:
    """An output as nbformat makes it; the notebook is validated as a whole when it is written."""
    extra = {"metadata": NotebookNode()} if kind == "display_data" else {}
    return NotebookNode(output_type=kind, **fields, **extra)


def _display_id(content: dict[str, Any]) -> str:
    """The name under which something shown can be updated; mostly there is none."""
    transient = content.get("transient")
    name = transient.get("display_id") if isinstance(transient, dict) else None
    return name if isinstance(name, str) and len(name) <= 100 else ""


def _read(kind: str, content: dict[str, Any]) -> NotebookNode | None:
    if kind == "stream":
        text = content.get("text")
        name = "stderr" if content.get("name") == "stderr" else "stdout"
        return new_output("stream", name=name, text=clean(text)) if isinstance(text, str) else None
    if kind == "error":
        lines = content.get("traceback")
        lines = [clean(line) for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
        name, value = (clean(str(content.get(key, ""))[:10_000]) for key in ("ename", "evalue"))
        return new_output("error", ename=name, evalue=value, traceback=lines)
    if kind in ("display_data", "execute_result", "update_display_data"):
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

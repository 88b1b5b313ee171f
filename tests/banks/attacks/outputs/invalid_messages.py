"""Sends output messages whose fields have the wrong types, so that the graded notebook cannot be written."""
# kind: cell
kernel = get_ipython().kernel
deep = []
for _ in range(200):
    deep = [deep]
contents = [
    {"data": 5, "metadata": None},
    {"data": {"text/plain": ["a", {"b": deep}], "image/png": 7}, "metadata": [], "transient": 3},
    {"data": {"text/plain": "x\ud800\0"}, "metadata": {"a": "\udfff"}},
    {"name": {"x": 1}, "text": 5},
    {"name": "stdout", "text": "\ud800 half a character"},
    {"ename": deep, "evalue": None, "traceback": "no list"},
    {"ename": "E", "evalue": "v", "traceback": [1, None, "\ud800"]},
    [],
    "text",
    None,
]
for kind in ("display_data", "execute_result", "stream", "error", "update_display_data", "clear_output", "comm_open"):
    for content in contents:
        try:
            kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent("shell"))
        except (TypeError, ValueError, UnicodeError):
            pass

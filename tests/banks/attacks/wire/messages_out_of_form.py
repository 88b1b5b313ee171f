"""Sends properly signed messages whose headers are lists, numbers and texts, on every channel."""
# kind: cell
import threading
import time

kernel = get_ipython().kernel


def flood():
    session = kernel.session
    parts = [b"[]", b"5", b"null", b'"text"', b"{}", b"[[[[]]]]", b"{", b'{"msg_id": [], "date": 5}']
    ident = (kernel.get_parent("shell") or {}).get("ident") or []
    while True:
        for part in parts:
            frames = [part, part, part, part]
            for stream in (kernel.shell_stream, kernel.iopub_socket):
                try:
                    whole = [*ident, b"<IDS|MSG>", session.sign(frames), *frames]
                    getattr(stream, "send_multipart")(whole)
                except Exception:
                    pass
        time.sleep(0.2)


threading.Thread(target=flood, daemon=True).start()

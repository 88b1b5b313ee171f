"""Sends messages with a wrong signature, or none."""
# kind: cell
kernel = get_ipython().kernel
ident = (kernel.get_parent("shell") or {}).get("ident") or []
for signature in (b"", b"0" * 64, b"\xff" * 3):
    for stream in (kernel.iopub_socket, kernel.shell_stream):
        try:
            stream.send_multipart([*ident, b"<IDS|MSG>", signature, b"{}", b"{}", b"{}", b"{}"])
        except Exception:
            pass

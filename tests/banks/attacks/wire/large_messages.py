"""Sends outputs of sixty megabytes, one after another, faster than they are read."""
# kind: cell
import threading
import time

kernel = get_ipython().kernel
text = "x" * (60 * 2**20)


def send():
    for _ in range(40):
        content = {"name": "stdout", "text": text}
        kernel.session.send(kernel.iopub_socket, "stream", content, parent=kernel.get_parent("shell"))


threading.Thread(target=send, daemon=True).start()
time.sleep(3)

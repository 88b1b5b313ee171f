"""Marks cells as not deletable, not editable, frozen and already run."""
# kind: notebook


def change(notebook):
    for cell in notebook["cells"]:
        cell["metadata"].update(deletable=False, editable=False, frozen=True, init_cell=True, run_control={"frozen": True})
        cell["metadata"]["execution"] = {"iopub.status.idle": "9999-12-31T23:59:59Z", "shell.execute_reply": 5}

"""Gives every cell the id of the first test cell."""
# kind: notebook


def change(notebook):
    for cell in notebook["cells"]:
        cell["id"] = "test_rnn_step_forward"

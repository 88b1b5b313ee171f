"""Keeps the source of every cell that is about to run, and shows those with hidden tests in them."""
# kind: cell
def look(info):
    if "hidden_tests(" in info.raw_cell or "HIDDEN TESTS" in info.raw_cell:
        got_it(info.raw_cell)


get_ipython().events.register("pre_run_cell", look)

"""Uses IPython's own ways out: shell commands, magics, other interpreters."""
# kind: cell
for command in ("id", "ls /", "cat /etc/passwd"):
    try:
        found = get_ipython().getoutput(command)
    except OSError:
        continue
    if found and "uid=" in found[0]:
        got_it(found)
try:
    get_ipython().run_cell_magic("bash", "", "id")
except Exception:
    pass

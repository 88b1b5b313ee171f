"""Spoils what somebody else has handed in."""
# kind: cell
from pathlib import Path

for path in (Path(COURSE, "submitted/neighbour/hw2/3_rnn.ipynb"), Path(COURSE, "submitted/neighbour/hw2", MARK)):
    try:
        path.write_text("{}")
        got_it(path)
    except OSError:
        pass

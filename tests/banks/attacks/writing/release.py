"""Changes what was released, and with it the tests and their points."""
# kind: cell
from pathlib import Path

for name in ("release/hw2/3_rnn.ipynb", "source/hw2/3_rnn.ipynb", "assignments/hw2/assignment.toml"):
    path = Path(COURSE, name)
    try:
        path.write_text(path.read_text().replace('"points": 3', '"points": 30'))
        got_it(path)
    except OSError:
        pass

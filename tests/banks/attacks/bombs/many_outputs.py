"""Shows a great many small and some very large results."""
# kind: cell
import sys

from IPython.display import HTML, display

for at in range(3000):
    display(HTML(f"<b>{at}</b>"))
for _ in range(5):
    display(HTML("x" * 20_000_000))
    sys.stderr.write("y" * 10_000_000)

"""Markup in the text of a code cell, and in the first line, which the grader repeats when it stops the cell."""
# kind: cell
"</pre><script>owned('source')</script>"; import os; os._exit(1)

"""Sets its own score in the gradebook, and takes everybody else's away."""
# kind: cell
import sqlite3

try:
    with sqlite3.connect(f"{COURSE}/gradebook.db", timeout=1) as book:
        book.execute("update grade set manual_score = 0, auto_score = 0")
        got_it("changed the gradebook")
except sqlite3.Error:
    pass

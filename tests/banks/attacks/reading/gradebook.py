"""Opens the gradebook and reads everybody's scores."""
# kind: cell
import sqlite3

try:
    with sqlite3.connect(f"file:{COURSE}/gradebook.db?mode=ro", uri=True) as book:
        got_it(book.execute("select id, manual_score, auto_score from grade").fetchall())
except sqlite3.Error:
    pass

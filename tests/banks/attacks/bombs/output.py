"""Prints without end."""
# kind: cell
text = "x" * 100_000
while True:
    print(text)

"""Names with new lines, escapes, markup, glob patterns, options and templates in them."""
# kind: folder


def change(folder):
    names = ["a\nb.txt", "\x1b[2J.txt", "<script>alert(1)<", "*.ipynb", "[3]_rnn.ipynb", "-rf", "{student_id}.txt", "%s%n",
             "..hidden", " ", "~", "$(touch owned)", "`id`", "a;b", "x" * 250, "\u202etxt.ipynb", "CON", "\udcff.txt"]  # fmt: skip
    for name in names:
        (folder / name).write_text("{}")
        (folder / f"folder {name}"[:250]).mkdir()

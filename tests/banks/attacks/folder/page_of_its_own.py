"""Pages under the name of the feedback page and others, with a script in them."""
# kind: folder


def change(folder):
    page = f"<html><!-- {MARK} --><script>document.title = 'owned'</script><h1>15 of 15 points</h1></html>"
    (folder / "sub").mkdir()
    for name in ("3_rnn.html", "index.html", "notes.htm", "sub/3_rnn.html", "page.xhtml"):
        (folder / name).write_text(page)

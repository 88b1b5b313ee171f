"""Sends the reader to another page: refresh, base, forms that submit themselves."""
# kind: notebook


def change(notebook):
    add_markdown(notebook, """
<meta http-equiv="refresh" content="0; url=http://127.0.0.1:PORT/refresh">
<meta http-equiv="refresh" content="0; url=javascript:owned('refresh')">
<base href="http://127.0.0.1:PORT/base/"> <link rel="stylesheet" href="http://127.0.0.1:PORT/style.css">
<link rel="prefetch" href="http://127.0.0.1:PORT/prefetch"> <link rel="dns-prefetch" href="//127.0.0.1:PORT">
""".replace("PORT", str(PORT)))

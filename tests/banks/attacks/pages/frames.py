"""Pages within the page: frames, objects, portals."""
# kind: notebook


def change(notebook):
    add_markdown(notebook, """
<iframe src="http://127.0.0.1:PORT/frame"></iframe> <iframe srcdoc="<script>parent.owned('srcdoc')</script>"></iframe>
<iframe src="javascript:parent.owned('frame')"></iframe> <iframe src="data:text/html,<script>parent.owned(1)</script>"></iframe>
<object data="http://127.0.0.1:PORT/object"></object> <embed src="http://127.0.0.1:PORT/embed">
<frameset><frame src="javascript:parent.owned('set')"></frameset> <portal src="http://127.0.0.1:PORT/portal"></portal>
""".replace("PORT", str(PORT)))

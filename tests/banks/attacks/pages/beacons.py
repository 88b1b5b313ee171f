"""Pictures, styles and fonts that tell a server who reads the page."""
# kind: notebook


def change(notebook):
    add_markdown(notebook, """
![x](http://127.0.0.1:PORT/markdown.png) <img src="http://127.0.0.1:PORT/img.png" srcset="http://127.0.0.1:PORT/set.png 2x">
<p style="background: url(http://127.0.0.1:PORT/style.png)">x</p> <table background="http://127.0.0.1:PORT/table.png"></table>
<style>@import url(http://127.0.0.1:PORT/import.css); body { background: url(http://127.0.0.1:PORT/body.png) }</style>
<video poster="http://127.0.0.1:PORT/poster.png" src="http://127.0.0.1:PORT/video"></video>
<input type="image" src="http://127.0.0.1:PORT/input.png"> <svg><image href="http://127.0.0.1:PORT/svg.png"/></svg>
<a ping="http://127.0.0.1:PORT/ping" href="http://127.0.0.1:PORT/a">x</a> <img src="//127.0.0.1:PORT/short.png">
""".replace("PORT", str(PORT)))

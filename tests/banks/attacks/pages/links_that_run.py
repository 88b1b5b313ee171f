"""Links and forms whose target is a script."""
# kind: notebook


def change(notebook):
    add_markdown(notebook, """
[a](javascript:owned('a')) [b](JaVaScRiPt:owned('b')) [c](&#106;avascript:owned('c')) [d](java\tscript:owned('d'))
<a href="javascript:owned('e')">e</a> <a href=" &#1; javascript:owned('f')">f</a> <a href="vbscript:x">g</a>
<a href="data:text/html,<script>owned('h')</script>">h</a> <form action="javascript:owned('i')"><input type=submit></form>
<object data="javascript:owned('j')"></object> <embed src="javascript:owned('k')"> <base href="javascript:owned('l')//">
![m](javascript:owned('m')) <svg><a xlink:href="javascript:owned('n')"><text>n</text></a></svg>
""")

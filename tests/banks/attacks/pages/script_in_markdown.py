"""A script in a Markdown cell, plain and in disguise."""
# kind: notebook


def change(notebook):
    text = """<script>owned('markdown')</script>
<SCRIPT SRC="http://127.0.0.1:PORT/markdown.js"></SCRIPT>
<scr<script>ipt>owned('nested')</scr</script>ipt>
<svg><script>owned('in svg')</script></svg>
<noscript><p title="</noscript><script>owned('noscript')</script>">
<style><img title="</style><script>owned('style')</script>"></style>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=owned('math')&gt;">
<template><script>owned('template')</script></template>
""".replace("PORT", str(PORT))
    add_markdown(notebook, text)

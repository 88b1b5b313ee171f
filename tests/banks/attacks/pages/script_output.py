"""Outputs whose type is a script, a widget or something that a page runs by itself."""
# kind: cell
from IPython.display import Javascript, display

display(Javascript("owned('javascript')"))
kinds = ("application/javascript", "text/javascript", "application/vnd.jupyter.widget-view+json", "text/vnd.mermaid",
         "application/vnd.plotly.v1+json", "application/json", "application/pdf", "text/html; charset=utf-8", "TEXT/HTML")  # fmt: skip
for kind in kinds:
    display({kind: "</script><script>owned('kind')</script>", "text/plain": "x"}, raw=True)

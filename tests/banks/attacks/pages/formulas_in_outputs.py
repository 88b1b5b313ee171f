"""TeX that runs, in HTML, LaTeX and Markdown outputs."""
# kind: cell
from IPython.display import HTML, Latex, Markdown, display

formula = r"$\href{javascript:owned('out')}{x}$ $&#92;href{javascript:owned('out entity')}{x}$ $\style{a:b}{x}$"
display(HTML(f"<p>{formula}</p>"), Latex(formula), Markdown(formula), Latex("</div><script>owned('latex')</script>"))

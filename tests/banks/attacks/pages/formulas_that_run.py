"""TeX through which MathJax makes links and attributes, plain and spelled in other ways."""
# kind: notebook


def change(notebook):
    add_markdown(notebook, r"""
$\href{javascript:owned('tex')}{x}$ $\class{a}{\cssId{b}{\style{background: url(http://127.0.0.1:PORT/tex)}{x}}}$
$\def\h{\href}\h{javascript:owned('def')}{x}$ $\let\h=\href \h{javascript:owned('let')}{x}$
$&#92;href{javascript:owned('entity')}{x}$ $\hr<!-- -->ef{javascript:owned('comment')}{x}$
$\hre<b></b>f{javascript:owned('tag')}{x}$ $\require{action}\toggle{a}{b}\endtoggle$ $\unicode[owned]{65}$
\\(\href{javascript:owned('round')}{x}\\) $$\begin{array}{c}\href{javascript:owned('block')}{x}\end{array}$$
<script type="math/tex">\href{javascript:owned('script')}{x}</script>
<p>&#36;&#92;href{javascript:owned('all entities')}{x}&#36;</p>
""".replace("PORT", str(PORT)))

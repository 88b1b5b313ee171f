"""Scripts, handlers and frames in an HTML output."""
# kind: cell
from IPython.display import HTML, display

display(HTML(f"""<script>owned('html')</script><img src=x onerror="owned('img')"><svg onload="owned('svg')">
<iframe srcdoc="<script>parent.owned('frame')</script>"></iframe><link rel=stylesheet href="http://127.0.0.1:{PORT}/out.css">
<img src="http://127.0.0.1:{PORT}/out.png"><meta http-equiv=refresh content="0;url=http://127.0.0.1:{PORT}/out">
<form id=f action="http://127.0.0.1:{PORT}/form"></form><script>f.submit()</script>
<div style="background:url(http://127.0.0.1:{PORT}/div.png)">x</div><style>*{{background:url(http://127.0.0.1:{PORT}/all)}}</style>
<a href="javascript:owned('link')">x</a><object data="data:text/html,<script>parent.owned(1)</script>"></object>"""))

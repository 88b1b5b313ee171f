"""Scripts and foreign objects in a picture of lines."""
# kind: cell
from IPython.display import SVG, display

display(SVG(f"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" onload="owned('load')">
<script>owned('script')</script><script xlink:href="http://127.0.0.1:{PORT}/svg.js"/>
<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="javascript:parent.owned('foreign')"/></foreignObject>
<image href="http://127.0.0.1:{PORT}/image.png"/><use href="http://127.0.0.1:{PORT}/use.svg#a"/>
<animate attributeName="href" values="javascript:owned('animate')"/><set attributeName="onload" to="owned('set')"/>
<style>@import url(http://127.0.0.1:{PORT}/svg.css);</style></svg>"""))
display({"image/svg+xml": "</svg>\"><script>owned('not even svg')</script>"}, raw=True)

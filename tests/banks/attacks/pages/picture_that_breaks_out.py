"""Pictures whose data ends the attribute that it stands in."""
# kind: cell
from IPython.display import display

for kind in ("image/png", "image/jpeg", "image/gif", "image/webp"):
    display({kind: "x\" onerror=\"owned('picture')\"><script>owned('picture')</script>"}, raw=True)
    display({kind: "iVBORw0KGgo="}, metadata={kind: {"width": "1\" onerror=\"owned('width')"}}, raw=True)

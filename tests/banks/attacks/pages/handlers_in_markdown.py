"""Event handlers on elements of every kind."""
# kind: notebook


def change(notebook):
    add_markdown(notebook, """
<img src="x" onerror="owned('img')"> <img src=x onerror=owned(1)//> <svg onload="owned('svg')"></svg>
<body onload="owned('body')"> <details open ontoggle="owned('details')">x</details> <input autofocus onfocus="owned('in')">
<video><source onerror="owned('video')"></video> <audio src=x onerror="owned('audio')"></audio>
<marquee onstart="owned('marquee')">x</marquee> <p style="animation: x 1s" onanimationstart="owned('p')">x</p>
<a href="#" onclick="owned('a')" onmouseover="owned('over')">x</a> <form><button formaction="javascript:owned('f')">x</button>
""")

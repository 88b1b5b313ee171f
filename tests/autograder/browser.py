"""Opens a page in headless Chromium and says what became of it: scripts that ran, elements that could do harm."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
# What an attack's script calls, if it runs. Put into the page's head, before anything of the student's.
_WITNESS = """<script id="witness">window.owned = function (what) {
  var seen = document.documentElement.getAttribute('data-owned') || '';
  document.documentElement.setAttribute('data-owned', seen + what + '; ');
};</script>"""
_ACTIVE_ELEMENTS = frozenset(
    "script iframe frame object embed applet portal base link meta style form input button video audio source "
    "template".split()
)
_ADDRESSES = frozenset("href src action formaction data xlink:href poster srcset background ping".split())


@dataclass
class Page:
    """A page after the browser has run it.

    Attributes
    ----------
    ran : str
        What the scripts of attacks said that ran; empty if none did.
    active : list of str
        Elements and attributes that run, load or navigate by themselves, one line each.
    text : str
        All text outside of scripts, styles and preformatted text: where MathJax looks for formulas.
    """

    ran: str = ""
    active: list[str] = field(default_factory=list)
    text: str = ""


def open_page(html: str, seconds: int = 60) -> Page:
    """Load a page, let its clock run for five seconds, and read what it has become.

    Only this machine can be reached from it, so what a page takes from elsewhere fails at once.
    """
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder, "page.html")
        path.write_text(re.sub("(<head[^>]*>)", lambda found: found[0] + _WITNESS, html, count=1), encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        options += [f"--user-data-dir={folder}/profile", "--virtual-time-budget=5000"]
        options += ["--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
        options += ["--dump-dom", path.as_uri()]
        # A home of its own: what the browser keeps for itself is not to be taken for an attack's work.
        environment = {**os.environ, "HOME": folder}
        done = subprocess.run([PROGRAM, *options], capture_output=True, timeout=seconds, check=False, env=environment)
    reader = _Reader()
    reader.feed(done.stdout.decode(errors="replace"))
    assert reader.witnessed, f"the browser did not show the page: {done.stderr.decode(errors='replace')[-500:]}"
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.witnessed = False
        self._quiet = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "html":
            self.page.ran = given.get("data-owned", "")
        if given.get("id") == "witness":
            self.witnessed = True
        elif tag in _ACTIVE_ELEMENTS:
            shown = " ".join(f"{name}={value[:80]!r}" for name, value in sorted(given.items()))
            self.page.active.append(f"<{tag} {shown}>")
        for name, value in given.items():
            address = "".join(value.split()).lower()
            if name.startswith("on") or (name == "style" and "url" in address):
                self.page.active.append(f"{tag} {name}={value[:80]!r}")
            if name in _ADDRESSES and re.match("(javascript|vbscript|data:(?!image/)|http)", address) and tag != "a":
                self.page.active.append(f"{tag} {name}={value[:80]!r}")
            if tag == "a" and re.match("(javascript|vbscript|data):", address):
                self.page.active.append(f"a {name}={value[:80]!r}")
        self._quiet += tag in ("script", "style", "pre", "code", "textarea", "noscript")

    def handle_endtag(self, tag: str) -> None:
        self._quiet -= tag in ("script", "style", "pre", "code", "textarea", "noscript")

    def handle_data(self, data: str) -> None:
        if self._quiet <= 0:
            self.page.text += data

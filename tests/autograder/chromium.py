"""A real browser for tests that look at pages or click on them: Chromium through Playwright, and axe-core."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import browser
import pytest

_MISSING = [name for name in ("playwright", "axe_playwright_python") if importlib.util.find_spec(name) is None]
needs_chromium = pytest.mark.skipif(
    browser.PROGRAM is None or bool(_MISSING),
    reason=f"needs Chromium and Playwright; missing here: {_MISSING or 'Chromium'}",
)
PHONE, DESK = 360, 1100


@contextmanager
def window(width: int = DESK, dark: bool = False) -> Iterator[Any]:
    """A page of a fresh browser that reaches nothing but this machine; what its scripts complain of fails the test."""
    from playwright.sync_api import sync_playwright

    options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    options += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with sync_playwright() as playwright:
        program = playwright.chromium.launch(executable_path=browser.PROGRAM, args=options)
        try:
            # axe-core is a script, which our own pages would refuse.
            context = program.new_context(
                bypass_csp=True, viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light"
            )
            page = context.new_page()
            troubles: list[str] = []
            page.on("pageerror", lambda error: troubles.append(str(error)))
            yield page
            assert troubles == []
        finally:
            program.close()


def violations(page: Any, of: str | None = None) -> list[str]:
    """What axe-core finds wrong, ``serious: color-contrast (3): <a ...>``; in a part of the page if one is named."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, context=of).response["violations"]
    return [f"{v['impact']}: {v['id']} ({len(v['nodes'])}): {v['nodes'][0]['html'][:200]}" for v in found]


def serious(page: Any, of: str | None = None) -> list[str]:
    """Violations that keep somebody from using the page."""
    return [line for line in violations(page, of) if line.startswith(("serious", "critical"))]


def sticks_out(page: Any) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def check_page(path: Path) -> None:
    """A page of ours on a desk and on a phone, light and dark: nothing serious, nothing that sticks out."""
    for width, dark in ((DESK, False), (PHONE, True)):
        with window(width, dark) as page:
            page.goto(path.as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert serious(page) == []
            assert sticks_out(page) <= 0

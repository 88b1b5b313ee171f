"""Feedback pages in a real browser: nothing that a student wrote runs, loads or leads away."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path

import browser
import pytest
from attack_bank import ATTACKER, PRELUDE, Range, attacks
from attack_target import HOMEWORK, NOTEBOOK, Ours, lay_out
from nbconvert.exporters import HTMLExporter
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config

from autograder import sandbox
from autograder.nbgrader_settings import configure

pytestmark = [pytest.mark.slow, pytest.mark.sandbox, pytest.mark.timeout(300)]
needs_browser = pytest.mark.skipif(browser.PROGRAM is None, reason="no Chromium on this machine")

COMMANDS = ("href", "require", "class", "cssId", "style", "data", "unicode", "mmlToken", "bbox")


class Pages:
    """The page of a submission with every attack of the theme in it, and the page of one without any."""

    def __init__(self, folder: Path) -> None:
        mode = "full" if not sandbox.inspect().missing else "partial"
        self.target = Ours(lay_out(folder / "course"), mode)
        with Range(self.target, folder) as here:
            self.blank = self.page(here)
            blank_form = self.form()
            here.listeners.reset()
            self.attacked = self.page(here, with_attacks=True)
            self.before = here.listeners.visits()
            if browser.PROGRAM is not None:
                self.seen_blank = browser.open_page(self.blank)
                self.seen = browser.open_page(self.attacked)
                self.seen_blank_form = browser.open_page(blank_form)
                self.seen_form = browser.open_page(self.form())
                self.visits = here.listeners.visits()
                here.listeners.reset()
                self.seen_control = browser.open_page(self.control(here.listeners.port))
                self.visits_of_control = here.listeners.visits()

    def page(self, here: Range, with_attacks: bool = False) -> str:
        """Grade a submission and make its page."""
        notebook = self.target.submission("blank")
        names: dict[str, object] = {}
        prelude = PRELUDE.format(functions=(), course="", home="", repo="", mark=here.mark, port=here.listeners.port)
        for attack in attacks("pages") if with_attacks else []:
            if attack.kind == "notebook":
                exec(compile(prelude + attack.source, str(attack.path), "exec"), names)
                names["change"](notebook)  # type: ignore[operator]
            else:
                cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
                notebook["cells"].append({**cell, "id": attack.path.stem, "source": prelude + attack.source})
        folder = self.target.root / "submitted" / ATTACKER / HOMEWORK
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{NOTEBOOK}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        graded = self.target.grade(ATTACKER)
        assert not graded.trouble
        assert self.target.pages(ATTACKER) == []
        pages = sorted(self.target.course.feedback(ATTACKER, HOMEWORK).glob("*.html"))
        assert [page.name for page in pages] == [f"{NOTEBOOK}.html", "index.html"]
        # Both in one, and without the policy by which the browser refuses scripts: they have to be safe without it.
        text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
        return re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)

    def form(self) -> str:
        """The formgrader's page of the graded notebook, made as nbgrader's server does."""
        config = configure(Config(), self.target.root)
        config.HTMLExporter.template_name = "formgrade"
        config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
        names = ("assignment_id", "notebook_id", "submission_id", "student", "last_name", "first_name", "notebook_path")
        resources = {**dict.fromkeys(names, "x"), "index": 0, "total": 1, "base_url": ""}
        path = self.target.course.autograded(ATTACKER, HOMEWORK) / f"{NOTEBOOK}.ipynb"
        return str(HTMLExporter(config=config).from_filename(str(path), resources=resources)[0])

    def control(self, port: int) -> str:
        """A page on which the same kinds of attacks do run, to see that they would be noticed."""
        attacks_that_run = f"""<script>owned('script')</script><img src=x onerror="owned('handler')">
        <img src="http://127.0.0.1:{port}/beacon.png"><svg onload="owned('svg')"></svg>"""
        return self.blank.replace("</body>", attacks_that_run + "</body>", 1)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    if not Path("/proc/self").exists() or os.name != "posix":
        pytest.skip("grading is confined on Linux only")
    return Pages(tmp_path_factory.mktemp("pages"))


@needs_browser
def test_the_browser_would_show_a_script_that_runs(pages: Pages) -> None:
    assert {"script", "handler", "svg"} <= set(re.findall(r"\w+", pages.seen_control.ran))
    assert any("beacon" in visit for visit in pages.visits_of_control)


@needs_browser
def test_no_script_of_a_student_runs(pages: Pages) -> None:
    assert pages.seen.ran == ""


@needs_browser
def test_nobody_is_told_that_the_page_is_read(pages: Pages) -> None:
    assert pages.visits == []


@needs_browser
def test_the_page_has_no_active_element_but_its_own(pages: Pages) -> None:
    added = Counter(pages.seen.active) - Counter(pages.seen_blank.active)
    assert not added


@needs_browser
def test_nothing_runs_where_people_grade_by_hand(pages: Pages) -> None:
    assert pages.seen_form.ran == ""
    assert not Counter(pages.seen_form.active) - Counter(pages.seen_blank_form.active)


@needs_browser
def test_formulas_make_no_links(pages: Pages) -> None:
    for command in COMMANDS:
        for page in (pages.seen, pages.seen_form):
            assert not re.search(rf"\\{command}(?![A-Za-z])", page.text)


@needs_browser
def test_the_pages_load_nothing_from_the_net(pages: Pages) -> None:
    for seen in (pages.seen, pages.seen_form):
        assert not re.search(
            r"(src|href)='https?:", "\n".join(line for line in seen.active if not line.startswith("a "))
        )


def test_the_attacks_are_on_the_page(pages: Pages) -> None:
    # As text, in the cells that a student wrote; what they were meant to become is gone.
    for word in ("owned", "picture_that_breaks_out", "mermaid", "nothing.png"):
        assert word in pages.attacked or word == "picture_that_breaks_out"
    assert "YOUR CODE HERE" in pages.attacked


def test_grading_itself_reached_nobody(pages: Pages) -> None:
    assert pages.before == []

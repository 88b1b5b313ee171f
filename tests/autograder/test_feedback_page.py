"""The pages that students get back: what is on them, what is not, who can read them, and that nothing on them runs."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import browser
import pytest
from chromium import PHONE, check_page, needs_chromium, serious, sticks_out, window
from graded_copy import mark, put
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from autograder.course import Course
from autograder.errors import GraderError
from autograder.feedback_pages import duration, make_feedback
from autograder.formulas import mathml
from autograder.markup import clean_html, render_markdown
from autograder.record import load_record

needs_browser = pytest.mark.skipif(browser.PROGRAM is None, reason="no Chromium on this machine")
PICTURE = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe"
        "0def46b80000000049454e44ae426082"
    )
).decode()
SCRIPT = "<script>owned('script')</script><img src=x onerror=\"owned('image')\"><a href=\"javascript:owned('a')\">x</a>"
ANSWER = r"""We have $\delta_t = \frac{\partial L}{\partial a_t}$ and

$$\begin{aligned} \frac{\partial L}{\partial b} &= \sum_n \delta_{t,n} \\ &= s \end{aligned}$$

"""
OUTPUTS = {
    "plot_reach": [new_output("display_data", data={"image/png": PICTURE, "text/plain": "<Figure>"})],
    "rnn_step_forward": [
        new_output("stream", name="stdout", text="printed \x1b[31mred\x1b[0m <b>"),
        new_output("display_data", data={"text/html": f"<b>bold</b>{SCRIPT}"}),
        new_output("display_data", data={"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{SCRIPT}</svg>"}),
        new_output("error", ename="ValueError", evalue="no", traceback=["Trace \x1b[0;31mback", "ValueError: no"]),
    ],
}


@pytest.fixture
def ada(course: Course) -> Path:
    """Ada's pages: an answer marked, one that waits, figures, attacks in every place."""
    own = (
        new_markdown_cell(f"# Notes\n\n{SCRIPT}\n\n$\\href{{javascript:owned(1)}}{{x}}$"),
        new_code_cell("a = '<b>'"),
    )
    cells = {
        "rnn_step_forward": "def rnn_step_forward(x):\n    return 1  # </pre><script>owned(2)</script>",
        "derive_rnn_step_backward": ANSWER + SCRIPT,
        "derive_rnn_backward": "later",
    }
    put(course, "ada", cells, outputs=OUTPUTS, notes=(f"a note {SCRIPT}",), extra=own)
    mark(course, "ada", "derive_rnn_step_backward", 1.5, f"Sum over the batch: $\\sum_n$ is missing. {SCRIPT}")
    make_feedback(course, "hw2")
    return course.feedback("ada", "hw2")


def test_the_index_holds_everything(ada: Path, course: Course) -> None:
    text = (ada / "index.html").read_text()
    tests = load_record(course, "hw2", "3_rnn")
    points = sum(cell.points for cell in tests.cells if cell.graded_by_tests)
    assert f"{points / 2 + 1.5:g} of 30" in " ".join(text.split())
    assert "Gradients of one RNN step" in text
    assert "1.5 of 2 points" in text
    assert "Sum over the batch: <math" in text
    assert "waits to be marked" in text
    assert text.count("is it transposed?") == sum(cell.graded_by_tests for cell in tests.cells)
    assert "values" in text
    assert "Your figures (2)" in text
    assert f"data:image/png;base64,{PICTURE}" in text
    assert 'href="3_rnn.html"' in text
    assert "not handed in" in text  # the other notebook
    assert 'href="4_lstm.html"' not in text


def test_the_notebook_shows_cells_tests_and_comments(ada: Path) -> None:
    text = (ada / "3_rnn.html").read_text()
    assert "<math" in text
    assert re.search(r"<frac|\\frac", re.sub(r'alttext="[^"]*"', "", text)) is None
    assert "printed red &lt;b&gt;" in text
    assert "Trace back" in text
    assert "is it transposed?" in text
    assert "The grader&#39;s comment" in text or "The grader's comment" in text
    assert "data:image/svg+xml;base64" in text  # the release's own figures, and the student's drawing


def test_nothing_of_the_hidden_tests_is_on_the_pages(ada: Path, course: Course) -> None:
    for page in ada.glob("*.html"):
        text = page.read_text()
        for word in ("hidden_tests", "HIDDEN TESTS", "SOLUTION", "autograder."):
            assert word not in text


def test_pages_hold_all_and_refuse_scripts_by_themselves(ada: Path) -> None:
    for page in ada.glob("*.html"):
        text = page.read_text()
        assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in text
        assert re.findall(r'src="(?!data:)[^"]*"', text) == []
        assert "<script" not in text
        assert 'href="javascript:' not in text


@needs_browser
@pytest.mark.slow
def test_nothing_runs_even_without_the_policy(ada: Path) -> None:
    for name in ("index.html", "3_rnn.html"):
        text = re.sub(r"<meta http-equiv[^>]*>", "", (ada / name).read_text())
        page = browser.open_page(text)
        assert page.ran == ""
        assert [line for line in page.active if not line.startswith(("<meta", "<style"))] == []
    control = browser.open_page(text.replace("</main>", SCRIPT + "</main>"))
    assert "script" in control.ran


@needs_chromium
@pytest.mark.slow
def test_everybody_can_read_them(ada: Path) -> None:
    for name in ("index.html", "3_rnn.html"):
        check_page(ada / name)


@needs_chromium
@pytest.mark.slow
def test_by_keyboard_on_a_phone(ada: Path) -> None:
    with window(PHONE) as page:
        page.goto((ada / "index.html").as_uri())
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.getAttribute('href')") == "3_rnn.html":
                break
        page.keyboard.press("Enter")
        page.wait_for_url("**/3_rnn.html")
        assert page.locator("h1").inner_text().startswith("3_rnn")
        assert sticks_out(page) <= 0
        assert serious(page) == []


@pytest.mark.slow
def test_plain_nbgrader_makes_the_same_page(ada: Path, course: Course) -> None:
    ours = (ada / "3_rnn.html").read_text()
    command = [sys.executable, "-m", "nbgrader", "generate_feedback", "hw2", "--force"]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert (ada / "3_rnn.html").read_text() == ours


def test_a_student_who_handed_in_nothing_that_could_be_read(course: Course) -> None:
    put(course, "ben", {})
    pages = make_feedback(course, "hw2", ("ben",))
    assert [page.name for page in pages] == ["index.html", "3_rnn.html"]
    text = pages[0].read_text()
    assert "nothing was written here" in text
    assert "Left to mark" not in text


def test_a_folder_in_the_way_of_the_index(course: Course) -> None:
    put(course, "ben", {})
    make_feedback(course, "hw2")
    index = course.feedback("ben", "hw2") / "index.html"
    index.unlink()
    index.mkdir()
    make_feedback(course, "hw2")
    assert index.is_file()


def test_one_student_whose_page_fails_stops_nobody(course: Course) -> None:
    put(course, "ada", {})
    put(course, "ben", {})
    (course.autograded("ada", "hw2") / "3_rnn.ipynb").write_text("{")
    with pytest.raises(GraderError, match="no feedback for ada"):
        make_feedback(course, "hw2")
    assert (course.feedback("ben", "hw2") / "index.html").is_file()
    assert not (course.feedback("ada", "hw2") / "index.html").exists()


class Active(HTMLParser):
    """Finds what could run or load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "iframe", "object", "embed", "form", "input", "link", "meta", "base", "svg"):
            self.found.append(tag)
        for name, value in attrs:
            address = re.sub(r"\s", "", value or "").lower()
            bad = name.startswith("on") or name in ("style", "id", "srcset")
            if bad or (name in ("src", "href") and re.match("(javascript|vbscript|data:text)", address)):
                self.found.append(f"{tag} {name}={value}")


PIECES = st.lists(
    st.sampled_from(
        [
            *("<script>x</script>", "$", "$$", "\\text{", "}", "\\href{javascript:x}{", "\\frac{1}{2}"),
            *("`", "```\n", "\n\n", "[a](javascript:x)", "![a](x.png)", "<svg onload=x>", "<b onclick=x>"),
            *("&lt;", "<math><mtext><script>", "# ", "| a | b |\n|---|---|\n",),
            *("\\class{a}{", "\\style{color:red}{", "a_1", "\\begin{align}", "\\end{align}"),
        ]
    )
    | st.text(max_size=8),
    max_size=14,
).map("".join)  # fmt: skip


@settings(max_examples=50)
@given(PIECES)
def test_no_markdown_becomes_anything_active(text: str) -> None:
    assert Active(render_markdown(text)).found == []
    assert Active(clean_html(text)).found == []


@settings(max_examples=50)
@given(PIECES, st.booleans())
def test_any_tex_becomes_well_formed_mathml_or_code(tex: str, block: bool) -> None:
    made = mathml(tex, block)
    assert Active(made).found == []
    if made.startswith("<math"):
        assert ET.fromstring(made).tag == "math"
    else:
        assert made.startswith(("<code", '<span class="wide" tabindex="0"><math'))


@pytest.mark.parametrize(
    ("tex", "shown"),
    [
        (r"h_t = \tanh(a_t)", "<msub><mi>h</mi><mi>t</mi></msub>"),
        (r"\frac{\partial L}{\partial x}", "<mfrac>"),
        (r"\delta \odot W^\top", "⊙"),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "<mtable"),
    ],
)
def test_the_formulas_of_the_homework(tex: str, shown: str) -> None:
    assert shown in mathml(tex)


@pytest.mark.parametrize("tex", ["{" * 3000, "x" * 5000, r"\frac{", r"\text{<script>x</script>}", r"\text{a & b}"])
def test_tex_that_cannot_be_read_is_shown_as_it_is(tex: str) -> None:
    assert mathml(tex).startswith('<code class="tex">')
    assert "<script" not in mathml(tex)


def test_every_formula_of_the_release_is_readable(released: Course) -> None:
    from autograder import notebooks

    for path in released.release("hw2").glob("*.ipynb"):
        for cell in notebooks.read(path).cells:
            if cell.cell_type == "markdown":
                assert 'class="tex"' not in render_markdown(cell.source), cell.source


@pytest.mark.parametrize(
    ("seconds", "text"), [(59, "1 min"), (3600, "1 h 0 min"), (86400, "1 d"), (90000, "1 d 1 h"), (0, "0 min")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text

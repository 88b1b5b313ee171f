"""The documentation: what it names exists, and the site builds with all of its links."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course import Course

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
_FOLDERS = "assignments|autograder|docs|tests|tools|utils|benchmarks"
# Made by commands, or named as an example of what one would add.
_NOT_THERE = re.compile(r"<|\*")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_files_that_a_page_names_exist(page: Path) -> None:
    text = re.sub(r"(?ms)^```.*?^```", "", page.read_text(encoding="utf-8"))
    named = {name for name in re.findall(rf"`((?:{_FOLDERS})/[^`\s]*)`", text) if not _NOT_THERE.search(name)}
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_between_files_lead_somewhere(page: Path) -> None:
    """Also without MkDocs; it looks at the anchors too."""
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_guide_was_recorded_and_shows_nobodys_folders() -> None:
    text = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
    blocks = re.findall(r"(?ms)^```console[^\n]*\n\$ (.+?)\n(.*?)^```", text)
    assert len(blocks) >= 10
    for command, output in blocks:
        assert output.strip(), f"{command} shows no output: run tools/record_guide.py"
        assert "Traceback" not in output
    assert not re.search(r"/(tmp/\w|root|work)/", text)


def test_the_students_guide_has_the_options_of_submit() -> None:
    command = [sys.executable, "-m", "utils.submit", "--help"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    text = (ROOT / "docs" / "students.md").read_text(encoding="utf-8")
    for option in re.findall(r"`(--[\w-]+)", text):
        assert option in said


@pytest.mark.slow
def test_the_site_builds_with_all_its_links(tmp_path: Path) -> None:
    if importlib.util.find_spec("mkdocs") is None or importlib.util.find_spec("material") is None:
        pytest.skip("mkdocs-material is not installed: pip install -e .[docs]")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    pages = {path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*.html")}
    wanted = {f"{page.stem}.html" for page in PAGES}
    wanted |= {f"handouts/{path.parent.name}.html" for path in (ROOT / "assignments").glob("*/handout.md")}
    assert wanted <= pages
    for path in (tmp_path / "site").rglob("*.html"):
        loaded = re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=\"?(https?://[^\"\s>]+)", path.read_text("utf-8"))
        assert not loaded, f"{path.name} loads {loaded}"


def test_every_homework_is_in_the_site() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for homework in Course(ROOT).homeworks:
        if (ROOT / "assignments" / homework / "handout.md").is_file():
            assert f"handouts/{homework}.md" in text

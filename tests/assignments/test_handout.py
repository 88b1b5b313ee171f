"""The handout: its numbers are those of assignment.toml, and it is a page and a PDF that need nothing else."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from autograder import cli_bundle
from autograder.assignment import LateRule
from autograder.bundling import Published
from autograder.course import Course
from autograder.demo import copy_course
from autograder.errors import CourseError, UsageError
from autograder.handout import find_browser, late_in_words, print_pdf, render_handout

ROOT = Path(__file__).resolve().parents[2]
COURSE = Course(ROOT)
HANDOUTS = sorted(path.parent.name for path in (ROOT / "assignments").glob("*/handout.md"))
LIMITS = {
    "one cell, seconds": "cell_seconds",
    "one notebook, seconds": "notebook_seconds",
    "one call of a hidden test, seconds": "call_seconds",
    "memory, MiB": "memory_mib",
    "memory of the GPU, where there is one, MiB": "gpu_memory_mib",
    "files that it writes, MiB": "disk_mib",
    "what it prints and draws in one cell, KiB": "output_kib",
    "the file that you hand in, MiB": "submission_mib",
}


def text_of(homework: str) -> str:
    return (ROOT / "assignments" / homework / "handout.md").read_text(encoding="utf-8")


def flat(text: str) -> str:
    return " ".join(text.split())


def problems(homework: str) -> dict[str, tuple[int, bool]]:
    """From a notebook to its points and whether there is extra credit."""
    rows = re.findall(r"^\| \d \| `(\w+)` \|.*\| (\d+)( \+ extra)? \|$", text_of(homework), re.MULTILINE)
    return {name: (int(points), bool(extra)) for name, points, extra in rows}


def test_homework_2_has_one() -> None:
    assert "hw2" in HANDOUTS
    assert [points for points, _ in problems("hw2").values()] == [15, 15, 15, 15, 20, 20]


@pytest.mark.parametrize("homework", HANDOUTS)
def test_points(homework: str) -> None:
    stated = problems(homework)
    # Every notebook of the policy is in the table; the table may be ahead of it.
    for policy in COURSE.assignment(homework).notebooks:
        points, extra = stated[policy.name]
        assert policy.points == points or (extra and policy.points > points), policy.name
    total = re.search(r"\*\*together\*\* \| \*\*(\d+)\*\*", text_of(homework))
    assert total
    assert int(total[1]) == sum(points for points, _ in stated.values())
    assert f"{total[1]} points" in text_of(homework)


@pytest.mark.parametrize("homework", HANDOUTS)
def test_due_date_and_late_rule(homework: str) -> None:
    assignment = COURSE.assignment(homework)
    due = f"{assignment.due:%A, %d %B %Y, %H:%M} (UTC{assignment.due.isoformat()[19:]})"
    assert f"Due {due}." in text_of(homework)
    assert late_in_words(assignment.late) in flat(text_of(homework))


@pytest.mark.parametrize("homework", HANDOUTS)
def test_limits(homework: str) -> None:
    header, *rows = re.findall(
        r"^\| ([^|]*)\| (`?\w+`?) \| (`?\w+`?) \|$", text_of(homework).partition("## Limits")[2], re.M
    )
    profiles = COURSE.assignment(homework).profiles
    assert [name.strip("`") for name in header[1:]] == list(profiles)
    stated = {label.strip(): tuple(map(int, numbers)) for label, *numbers in rows}
    right = {label: tuple(getattr(limits, name) for limits in profiles.values()) for label, name in LIMITS.items()}
    assert stated == right
    assert set(LIMITS.values()) == {field.name for field in fields(next(iter(profiles.values())))}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (LateRule(10, 10, 50), "Up to 10 minutes late costs nothing; after that each begun day costs 10 % of"),
        (LateRule(0, 5, 100), "Each begun day costs 5 % of the points reached, at most 100 %."),
        (LateRule(0, 5, 100, 1), "at most 100 %. Of all late days of a term, 1 is free."),
        (LateRule(0, 5, 100, 4), "Of all late days of a term, 4 are free."),
    ],
)
def test_late_rules_in_words(rule: LateRule, words: str) -> None:
    assert words in late_in_words(rule)


@pytest.mark.parametrize("homework", HANDOUTS)
def test_the_page_needs_nothing_else(homework: str) -> None:
    page = render_handout(COURSE, homework, Published(github="school/homework"))
    assert page.count("<h1>") == 1
    assert not re.search(r"<script|(src|href)=[\"'](?!data:|#|https://(colab\.research\.google|github)\.com/)", page)
    assert "<!-- colab -->" not in page
    for name in (n.name for n in COURSE.assignment(homework).notebooks):
        assert f"school/homework/blob/main/{name}.ipynb" in page
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), "no level is skipped"


@pytest.mark.parametrize("homework", HANDOUTS)
def test_without_an_address_it_says_how_to_upload(homework: str) -> None:
    page = render_handout(COURSE, homework, Published())
    assert f"so that it is called <code>My Drive/{homework}</code>" in flat(page)
    assert "colab.research.google.com" not in page


def needs_browser() -> None:
    if find_browser() is None:
        pytest.skip("no Chromium here")


@pytest.mark.parametrize("homework", HANDOUTS)
def test_the_pdf(homework: str, tmp_path: Path) -> None:
    needs_browser()
    page = tmp_path / "page.html"
    page.write_text(render_handout(COURSE, homework, Published()), encoding="utf-8")
    print_pdf(page, tmp_path / "page.pdf")
    data = (tmp_path / "page.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", data)) <= 6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "page.pdf"]


def test_without_a_browser_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        CourseError, match=r"no PDF: Chromium was not found. Open .*page.html in a browser and print it"
    ):
        print_pdf(tmp_path / "page.html", tmp_path / "page.pdf")


def test_a_browser_that_fails_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "chromium"
    fake.write_text("#!/bin/sh\necho 'no display' >&2\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(CourseError, match=r"chromium failed on .*page.html and said: no display"):
        print_pdf(tmp_path / "page.html", tmp_path / "page.pdf")
    assert not (tmp_path / "page.pdf").exists()


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return copy_course(COURSE, tmp_path / "course")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: path.unlink(), "hw2 has no handout: expected "),
        (lambda path: path.write_text("Homework\n"), "must begin with a title"),
    ],
)
def test_a_missing_handout(course: Course, change: Callable[[Path], None], message: str) -> None:
    change(course.twins("hw2") / "handout.md")
    with pytest.raises(UsageError, match=message):
        render_handout(course, "hw2", Published())


def test_the_command(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    app = typer.Typer()
    cli_bundle.register(app)
    monkeypatch.chdir(course.root)
    result = CliRunner().invoke(app, ["handout", "hw2", "--no-pdf"])
    assert (result.exit_code, result.output) == (0, "wrote build/hw2_handout.html\n")
    assert (course.root / "build" / "hw2_handout.html").is_file()

"""The figures: what the scripts beside them draw is what is there, and every reader can see or hear them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

HOMEWORK = Path(__file__).parents[2] / "assignments" / "hw2"
FOLDER = HOMEWORK / "figures"
FIGURES = sorted(path.name for path in FOLDER.glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with freshly drawn figures."""
    folder = tmp_path_factory.mktemp("figures")
    for script in sorted(FOLDER.glob("draw*.py")):
        subprocess.run([sys.executable, "-B", str(script), str(folder)], check=True, timeout=120)
    return folder


def test_all_figures_are_drawn_by_a_script(drawn: Path) -> None:
    assert sorted(path.name for path in drawn.iterdir()) == FIGURES
    assert {"rnn_step.svg", "rnn_unrolled.svg", "lstm_step.svg", "lstm_unrolled.svg"} <= set(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_drawing_again_changes_nothing(drawn: Path, name: str) -> None:
    assert (drawn / name).read_bytes() == (FOLDER / name).read_bytes(), "run `make figures`"


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_small_and_self_contained(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert len(text.encode()) < 60_000
    assert "<text" not in text, "letters are outlines, so that no font is needed"
    assert not re.search(r"<(script|style|image|foreignObject)|\son\w+=|(?:href|src)=\"(?!#)|url\(", text)
    assert re.findall('https?://[^"]*', text) == ["http://www.w3.org/2000/svg"]


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_says_in_words_what_it_shows(name: str) -> None:
    root = ElementTree.parse(FOLDER / name).getroot()
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert len(title.text or "") > 20
    assert len(description.text or "") > 200


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_its_own_light_background(name: str) -> None:
    """The first thing that is drawn covers the whole figure, which is then legible in a dark theme too."""
    root = ElementTree.parse(FOLDER / name).getroot()
    panel = root.find(f"{SVG}rect")
    assert panel is not None
    assert float(panel.get("width", 0)) >= float(root.get("width", 0)) - 1
    assert float(panel.get("height", 0)) >= float(root.get("height", 0)) - 1
    assert all(int(channel, 16) > 0xF0 for channel in re.findall("[0-9a-f]{2}", panel.get("fill", "")))
    assert float(root.get("width", 0)) <= 760, "a wider figure is not legible at 700 pixels"


def test_ids_are_different_in_all_figures() -> None:
    """Several figures may stand in one page."""
    ids = [found for name in FIGURES for found in re.findall(' id="([^"]*)"', (FOLDER / name).read_text("utf-8"))]
    assert len(ids) == len(set(ids))
    for name in FIGURES:
        text = (FOLDER / name).read_text("utf-8")
        assert set(re.findall('href="#([^"]*)"', text)) <= set(re.findall(' id="([^"]*)"', text))


@pytest.mark.parametrize("notebook", sorted(path.name for path in HOMEWORK.glob("[0-9]_*.py")))
def test_pictures_in_the_notebooks_exist_and_have_alt_text(notebook: str) -> None:
    text = (HOMEWORK / notebook).read_text("utf-8")
    for alt, target in re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", text):
        assert (HOMEWORK / target).is_file(), f"{notebook} shows {target}, which is not there"
        assert len(alt) > 100, f"{notebook}: the alt text of {target} says too little"

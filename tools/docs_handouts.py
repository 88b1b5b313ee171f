"""Brings the handouts of the homeworks into the site, as pages ``handouts/<homework>.md``: a hook of MkDocs."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from autograder import handout
from autograder.bundling import read_published
from autograder.colab import BADGE, badge_picture
from autograder.course import Course

COURSE = Course(Path(__file__).resolve().parents[1])


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each handout that there is."""
    for homework in COURSE.homeworks:
        path = COURSE.twins(homework) / handout.HANDOUT
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            text = text.replace(handout.COLAB, _on_colab(homework))
            files.append(File.generated(config, f"handouts/{homework}.md", content=text))
    files.append(File.generated(config, f"handouts/{BADGE}", content=badge_picture()))
    return files


def _on_colab(homework: str) -> str:
    return handout.on_colab(COURSE.assignment(homework), read_published(COURSE, homework))
